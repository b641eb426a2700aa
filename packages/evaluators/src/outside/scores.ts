import { logSumExp, UnderstoryError } from '@understory/core';
import { eachNearest, type SearchOptions } from '../knn/eachNearest.ts';
import type { Matrix } from '../matrix.ts';

const eachRow = ({ rows, columns, data }: Matrix, score: (row: Matrix['data']) => number): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => {
    const value = score(data.subarray(i * columns, (i + 1) * columns));
    if (Number.isFinite(value)) return value;
    throw new UnderstoryError(
      'not-finite',
      `Row ${i} of the logits [${rows}, ${columns}] has numbers that are not finite. Leave this sample out, or look why the network gives them.`,
    );
  });

const largest = (row: ArrayLike<number>): number => {
  let most = -Infinity;
  for (let c = 0; c < row.length; c++) most = Math.max(most, row[c]!);
  return most;
};

/** The largest probability of each row of logits [N, C] (Hendrycks & Gimpel 2017). */
export const softmaxScores = (logits: Matrix): Float64Array =>
  eachRow(logits, (row) => Math.exp(largest(row) - logSumExp(row)));

/** log Σ exp of each row of logits [N, C] (Liu et al. 2020, at temperature 1). */
export const energyScores = (logits: Matrix): Float64Array => eachRow(logits, logSumExp);

/**
 * − the distance to the k-th nearest training feature, all of length 1 (Sun et al. 2022). Errors: those of `eachNearest`.
 */
export const neighbourScores = async (
  bank: Matrix,
  queries: Matrix,
  k: number,
  options: Pick<SearchOptions, 'onProgress'> = {},
): Promise<Float64Array> => {
  const scores = new Float64Array(queries.rows);
  const depths = new Array<number>(queries.rows).fill(k);
  await eachNearest(bank, queries, depths, {
    ...options,
    onFound: (query, found) => {
      scores[query] = -Math.sqrt(Math.max(0, 2 - 2 * (found.at(-1)?.cosine ?? NaN)));
    },
  });
  return scores;
};
