import { turns, UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { whitened } from './gaussian.ts';
import { classScores, fitClassGaussians, type ClassGaussians } from './mahalanobis.ts';

/** How a tap tells samples of the trained classes from others, in the same unit as other taps. */
export interface TapScore {
  readonly gaussians: ClassGaussians;
  /** Mean and population standard deviation of the Mahalanobis score over training samples; a deviation of 0 stands as 1. */
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Fits a tap's score to the pooled maps of training images [N, d] and their classes [N]: the Mahalanobis score less its mean and
 * over its deviation, so that taps of other widths can be compared. Errors: `bad-shape`, `empty`, `bad-covariance`.
 */
export const fitTapScore = async (features: Matrix, labels: Int32Array): Promise<TapScore> => {
  const gaussians = await fitClassGaussians(features, labels);
  const scores = await classScores(gaussians, features);
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  return { gaussians, mean, deviation: Math.sqrt(variance) || 1 };
};

/** A tap's score of pooled maps [N, d]; higher is inside. Errors: `bad-shape`. */
export const tapScores = async (
  { gaussians, mean, deviation }: TapScore,
  features: Matrix,
): Promise<Float64Array> =>
  (await classScores(gaussians, features)).map((score) => (score - mean) / deviation);

/** Mean of several taps' scores of the same samples [N]: no tap is chosen. Errors: `bad-shape`. */
export const meanOfTaps = (scores: readonly Float64Array[]): Float64Array => {
  const [first] = scores;
  if (!first || scores.some(({ length }) => length !== first.length))
    throw new UnderstoryError(
      'bad-shape',
      `Scores of ${scores.length} taps have lengths ${scores.map(({ length }) => length).join(', ')}. Give each tap's, of the same samples.`,
    );
  return first.map((_, i) => scores.reduce((sum, one) => sum + one[i]!, 0) / scores.length);
};

/**
 * A tap's score as two linear maps: y = f·W + b, and s = y·M + m of C columns; the score is (max s − ‖y‖² − mean) / deviation.
 * Row-major, so that layers can hold it.
 */
export interface ScoreWeights {
  /** W [d · d] and b [d]. */
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
  /** M [d · C] and m [C]. */
  readonly means: Float64Array;
  readonly offsets: Float64Array;
  readonly classes: number;
}

/** Whitens around the mean of the classes' means, so that what cancels in float32 is small. It has turns of the event loop. */
export const scoreWeights = async ({ gaussians }: TapScore): Promise<ScoreWeights> => {
  const { columns, within, means: all } = gaussians;
  const [kernel, pause] = [new Float64Array(columns * columns), turns()];
  for (let row = 0; row < columns; row++) {
    const unit = new Float64Array(columns);
    unit[row] = 1;
    kernel.set(whitened(within, unit), row * columns);
    await pause();
  }
  const centre = new Float64Array(columns).map(
    (_, i) => all.reduce((sum, one) => sum + one[i]!, 0) / all.length,
  );
  const moved = all.map((one) => one.map((value, i) => value - centre[i]!));
  return {
    ...{ kernel, bias: centre.map((value) => -value), classes: all.length },
    means: Float64Array.from(
      { length: columns * all.length },
      (_, i) => 2 * moved[i % all.length]![Math.floor(i / all.length)]!,
    ),
    offsets: Float64Array.from(moved, (one) => -one.reduce((sum, value) => sum + value ** 2, 0)),
  };
};
