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

/** Errors: `bad-shape`, `empty`. */
const checkFeatures = ({ rows, columns }: Matrix, labels: Int32Array): void => {
  if (labels.length !== rows)
    throw new UnderstoryError(
      'bad-shape',
      `labels [${labels.length}] do not fit features [${rows}, ${columns}]. Give one for each row.`,
    );
  if (rows === 0) throw new UnderstoryError('empty', `Features [0, ${columns}] hold nothing to learn from.`);
};

/** Gaussians of one covariance around the classes' means. */
export type ClassGaussians = Pick<Gaussians, 'columns' | 'within' | 'means'>;

type Means = ReturnType<typeof meansOf>;

const aroundClasses = async (
  features: Matrix,
  labels: Int32Array,
  { byClass, all }: Means,
): Promise<ClassGaussians> => {
  const own = (row: number): Float64Array => byClass.get(labels[row]!) ?? all;
  const root = await rootOf(await covarianceOf(features, own), features.columns);
  return {
    ...{ columns: features.columns, within: root },
    means: [...byClass.values()].map((mean) => whitened(root, mean)),
  };
};

/** Fits Gaussians around the classes' means alone, with the covariance of `fitGaussians`. Errors: `bad-shape`, `empty`, `bad-covariance`. */
export const fitClassGaussians = async (features: Matrix, labels: Int32Array): Promise<ClassGaussians> => {
  checkFeatures(features, labels);
  return aroundClasses(features, labels, meansOf(features, labels));
};

/**
 * Fits both kinds of Gaussians to training features. The pooled covariance is divided by N; 1e-6 of its mean variance is added to
 * each. It takes N·D² products in float64, in turns of the event loop. Errors: `bad-shape`, `empty`, `bad-covariance`.
 */
export const fitGaussians = async (features: Matrix, labels: Int32Array): Promise<Gaussians> => {
  checkFeatures(features, labels);
  const means = meansOf(features, labels);
  const classes = await aroundClasses(features, labels, means);
  const overall = await rootOf(await covarianceOf(features, () => means.all), features.columns);
  return { ...classes, overall, mean: whitened(overall, means.all) };
};

const squared = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
};

const mustFit = ({ columns }: Pick<Gaussians, 'columns'>, features: Matrix): void => {
  if (features.columns === columns) return;
  throw new UnderstoryError(
    'bad-shape',
    `Features [${features.rows}, ${features.columns}] do not have the ${columns} columns that Gaussians were fitted to.`,
  );
};

/** The least squared distance of features, whitened, to a class's mean. */
const leastOf = (means: Gaussians['means'], own: Float64Array): number =>
  means.reduce((best, one) => Math.min(best, squared(own, one)), Infinity);

/** − the least squared distance to a class's mean of features [N, D]; higher is inside. Errors: `bad-shape`. */
export const classScores = async (gaussians: ClassGaussians, features: Matrix): Promise<Float64Array> => {
  mustFit(gaussians, features);
  const { columns, within, means } = gaussians;
  const [scores, pause] = [new Float64Array(features.rows), turns()];
  for (let row = 0; row < features.rows; row++) {
    const x = features.data.subarray(row * columns, (row + 1) * columns);
    scores[row] = -leastOf(means, whitened(within, x));
    await pause();
  }
  return scores;
};

/** Scores of features [N, D] by Gaussians; higher is inside. Errors: `bad-shape`. */
export const mahalanobisScores = async (
  gaussians: Gaussians,
  features: Matrix,
): Promise<MahalanobisScores> => {
  mustFit(gaussians, features);
  const { columns, within, overall, means, mean } = gaussians;
  const [mahalanobis, relative, pause] = [
    new Float64Array(features.rows),
    new Float64Array(features.rows),
    turns(),
  ];
  for (let row = 0; row < features.rows; row++) {
    const x = features.data.subarray(row * columns, (row + 1) * columns);
    const least = leastOf(means, whitened(within, x));
    mahalanobis[row] = -least;
    relative[row] = squared(whitened(overall, x), mean) - least;
    await pause();
  }
  return { mahalanobis, relative };
};
