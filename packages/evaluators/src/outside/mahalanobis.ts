import { turns, UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { covarianceOf, rootOf, whitened } from './gaussian.ts';

/** Gaussians of one covariance around the classes' means, and one around the mean of all: training features [N, D]. */
export interface Gaussians {
  readonly columns: number;
  /** Root of the pooled covariance within classes, and that of all features [D · D]. */
  readonly within: Float64Array;
  readonly overall: Float64Array;
  /** L⁻¹·mean of each class that has samples, and that of all by the other root. */
  readonly means: readonly Float64Array[];
  readonly mean: Float64Array;
}

export interface MahalanobisScores {
  /** − the least squared distance to a class's mean (Lee et al. 2018). */
  readonly mahalanobis: Float64Array;
  /** That plus the squared distance to the mean of all (Ren et al. 2021). */
  readonly relative: Float64Array;
}

const meansOf = (
  { rows, columns, data }: Matrix,
  labels: Int32Array,
): { readonly byClass: ReadonlyMap<number, Float64Array>; readonly all: Float64Array } => {
  const sums = new Map<number, { sum: Float64Array; count: number }>();
  const all = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const own = sums.get(labels[row]!) ?? { sum: new Float64Array(columns), count: 0 };
    sums.set(labels[row]!, own);
    own.count += 1;
    for (let c = 0; c < columns; c++) {
      own.sum[c]! += data[row * columns + c]!;
      all[c]! += data[row * columns + c]! / rows;
    }
  }
  const byClass = [...sums].map(([label, { sum, count }]) => [label, sum.map((v) => v / count)] as const);
  return { byClass: new Map(byClass), all };
};

/**
 * Fits both kinds of Gaussians to training features. The pooled covariance is divided by N; 1e-6 of its mean variance is added to
 * each. It takes N·D² products in float64, in turns of the event loop. Errors: `bad-shape`, `empty`, `bad-covariance`.
 */
export const fitGaussians = async (features: Matrix, labels: Int32Array): Promise<Gaussians> => {
  const { rows, columns } = features;
  if (labels.length !== rows)
    throw new UnderstoryError(
      'bad-shape',
      `labels [${labels.length}] do not fit features [${rows}, ${columns}]. Give one for each row.`,
    );
  if (rows === 0) throw new UnderstoryError('empty', `Features [0, ${columns}] hold nothing to learn from.`);
  const { byClass, all } = meansOf(features, labels);
  const own = (row: number): Float64Array => byClass.get(labels[row]!) ?? all;
  const within = await rootOf(await covarianceOf(features, own), columns);
  const overall = await rootOf(await covarianceOf(features, () => all), columns);
  return {
    ...{ columns, within, overall, mean: whitened(overall, all) },
    means: [...byClass.values()].map((mean) => whitened(within, mean)),
  };
};

const squared = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
};

/** Scores of features [N, D] by Gaussians; higher is inside. Errors: `bad-shape`. */
export const mahalanobisScores = async (
  { columns, within, overall, means, mean }: Gaussians,
  features: Matrix,
): Promise<MahalanobisScores> => {
  if (features.columns !== columns)
    throw new UnderstoryError(
      'bad-shape',
      `Features [${features.rows}, ${features.columns}] do not have the ${columns} columns that Gaussians were fitted to.`,
    );
  const [mahalanobis, relative, pause] = [
    new Float64Array(features.rows),
    new Float64Array(features.rows),
    turns(),
  ];
  for (let row = 0; row < features.rows; row++) {
    const x = features.data.subarray(row * columns, (row + 1) * columns);
    const own = whitened(within, x);
    const least = means.reduce((best, one) => Math.min(best, squared(own, one)), Infinity);
    mahalanobis[row] = -least;
    relative[row] = squared(whitened(overall, x), mean) - least;
    await pause();
  }
  return { mahalanobis, relative };
};
