import { turns, UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';

/** Rows minus a mean, which may differ from row to row. */
type Centre = (row: number) => Float64Array;

/** Share of the mean variance that is added to each variance, so that a covariance can be inverted. */
const RIDGE = 1e-6;

/** Lower triangle of Σ (x − centre)(x − centre)ᵀ / N, [D · D], in float64; it has turns of the event loop. */
export const covarianceOf = async (
  { rows, columns, data }: Matrix,
  centre: Centre,
): Promise<Float64Array> => {
  const [sum, pause] = [new Float64Array(columns * columns), turns()];
  const x = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const mean = centre(row);
    for (let c = 0; c < columns; c++) x[c] = data[row * columns + c]! - mean[c]!;
    for (let i = 0; i < columns; i++) {
      const value = x[i]! / rows;
      if (value === 0) continue;
      for (let j = 0, at = i * columns; j <= i; j++) sum[at + j]! += value * x[j]!;
    }
    await pause();
  }
  return sum;
};

/**
 * Lower triangular L with L·Lᵀ = the covariance + 1e-6 of its mean variance on the diagonal, [D · D]. Errors: `bad-covariance`
 * where features do not vary at all.
 */
export const rootOf = async (covariance: Float64Array, columns: number): Promise<Float64Array> => {
  const [root, pause] = [Float64Array.from(covariance), turns()];
  let trace = 0;
  for (let i = 0; i < columns; i++) trace += root[i * columns + i]!;
  for (let i = 0; i < columns; i++) root[i * columns + i]! += (RIDGE * trace) / columns;
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = root[i * columns + j]!;
      for (let k = 0, a = i * columns, b = j * columns; k < j; k++) sum -= root[a + k]! * root[b + k]!;
      root[i * columns + j] = i === j ? Math.sqrt(sum) : sum / root[j * columns + j]!;
    }
    if (!(root[i * columns + i]! > 0))
      throw new UnderstoryError(
        'bad-covariance',
        `Features of ${columns} columns vary in none of them, so there are no distances. The network gives one embedding for all images.`,
      );
    await pause();
  }
  return root;
};

/** L⁻¹·x. */
export const whitened = (root: Float64Array, x: ArrayLike<number>): Float64Array => {
  const y = new Float64Array(x.length);
  for (let i = 0; i < y.length; i++) {
    let sum = x[i]!;
    for (let k = 0, at = i * y.length; k < i; k++) sum -= root[at + k]! * y[k]!;
    y[i] = sum / root[i * y.length + i]!;
  }
  return y;
};
