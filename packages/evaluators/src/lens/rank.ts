import type { Matrix } from '../matrix.ts';
import { eigenvalues } from './eigenvalues.ts';
import { product } from './product.ts';
import { centred, transposed } from './rows.ts';
import type { Work } from './work.ts';

/** Singular values of a matrix, the largest first: square roots of the eigenvalues of the smaller Gram matrix, in float64. */
export function* singularValues(matrix: Matrix): Work<Float64Array> {
  const tall = matrix.rows < matrix.columns ? transposed(matrix) : matrix;
  const values = yield* eigenvalues(yield* product(tall, tall));
  return values.map((value) => Math.sqrt(Math.max(0, value)));
}

/** exp of the entropy of shares; 0 · log 0 is 0. */
const perplexity = (shares: Float64Array): number =>
  Math.exp(-shares.reduce((sum, p) => (p > 0 ? sum + p * Math.log(p) : sum), 0));

const sharesOf = (values: Float64Array): Float64Array => {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
};

/**
 * How many directions the rows use: exp of the entropy of the singular values' shares (Roy and Vetterli 2007), of the rows
 * less their mean. NaN where all rows are alike.
 */
export function* effectiveRank(matrix: Matrix): Work<number> {
  const shares = sharesOf(yield* singularValues(centred(matrix)));
  return shares.some(Number.isNaN) ? NaN : perplexity(shares);
}

/** RankMe (Garrido et al. 2023): the same, not centred, and 1e-7 more for each share. */
export function* rankMe(matrix: Matrix): Work<number> {
  const shares = sharesOf(yield* singularValues(matrix)).map((p) => p + 1e-7);
  return shares.some(Number.isNaN) ? NaN : perplexity(shares);
}

/** (tr C)² / ‖C‖² of the covariance C: as many as the directions that are used alike. No eigenvalues. */
export function* participationRatio(matrix: Matrix): Work<number> {
  const rows = centred(matrix);
  const tall = rows.rows < rows.columns ? transposed(rows) : rows;
  const { data, columns } = yield* product(tall, tall);
  let [trace, square] = [0, 0];
  for (let i = 0; i < columns; i++) trace += data[i * columns + i]!;
  for (const value of data) square += value * value;
  return trace ** 2 / square;
}
