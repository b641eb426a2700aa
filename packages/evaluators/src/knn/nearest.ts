import { UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { eachNearest, type SearchOptions } from './eachNearest.ts';

/** The k rows of a bank that are nearest to each query, the nearest first. */
export interface Neighbours {
  readonly k: number;
  /** Row of the bank [queries · k]. */
  readonly index: Int32Array;
  /** Cosine with that row [queries · k]. */
  readonly cosine: Float64Array;
}

/**
 * The `k` rows of `bank` [N, D] that have the largest cosine with each row of `queries` [Q, D], equal ones by row: see
 * `eachNearest`. Errors: `bad-shape`, `bad-option` (k), `not-finite`.
 */
export const nearest = async (
  bank: Matrix,
  queries: Matrix,
  k: number,
  options: SearchOptions = {},
): Promise<Neighbours> => {
  if (k === 0) throw new UnderstoryError('bad-option', 'k is 0: nothing is looked for. Give k from 1.');
  const each = new Array<number>(queries.rows).fill(k);
  const length = queries.rows * (k > 0 && k <= bank.rows ? k : 0);
  const [index, cosine] = [new Int32Array(length), new Float64Array(length)];
  await eachNearest(bank, queries, each, {
    ...options,
    onFound: (query, found) =>
      found.forEach((one, i) => {
        index[query * k + i] = one.row;
        cosine[query * k + i] = one.cosine;
      }),
  });
  return { k, index, cosine };
};
