import { moveAverage, requireSameRows, requireSameShape, untracked, type Named } from '@understory/core';
import {
  add,
  argMax,
  cast,
  clipByValue,
  div,
  expandDims,
  fill,
  gather,
  greater,
  greaterEqual,
  log,
  max,
  maximum,
  mean,
  mul,
  oneHot,
  softmax,
  sum,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** What FreeMatch remembers of unlabelled images: averages over the steps before, all without unit. */
export interface SeenClasses extends Named<Tensor> {
  /** Of the largest probability, []. */
  readonly threshold: Scalar;
  /** Of each class's probability, [C]. */
  readonly probabilities: Tensor1D;
  /** Of the share of images whose likeliest class it is, [C]. */
  readonly labels: Tensor1D;
}

export interface AdaptiveThresholdOptions {
  /** Share of the averages that stays at each step, 0 to 1. */
  readonly momentum: number;
  /** Bounds of the threshold, 0 to 1 each. */
  readonly range: readonly [low: number, high: number];
}

/** Numbers under this count as zeros where they divide; float32 holds their reciprocals. */
const TINY = 1e-30;
/** Least sum that divides: its square, which the gradient divides by, is no zero in float32. */
const LEAST_SUM = 1e-15;

const normalised = (x: Tensor1D): Tensor1D => div(x, maximum(sum(x), LEAST_SUM));

/** 1 / x, and 0 where x is 0. */
const inverse = (x: Tensor1D): Tensor1D => mul(div(1, maximum(x, TINY)), cast(greater(x, TINY), 'float32'));

/** The share of rows whose largest number each column holds. [B, C] → [C] */
const shareOfLargest = (rows: Tensor2D): Tensor1D =>
  mean(cast(oneHot(cast(argMax<Tensor1D>(rows, 1), 'int32'), rows.shape[1]), 'float32'), 0);

/** Before the first step every class is as likely as any other, and that is the threshold. */
export const firstSeenClasses = (classes: number): SeenClasses => {
  const even = (): Tensor1D => fill([classes], 1 / classes);
  return {
    threshold: tidy(() => mean<Scalar>(even())),
    probabilities: even(),
    labels: even(),
  };
};

/** The averages moved on by probabilities [B, C] of weak views (Wang et al. 2023, eq. 6, 7 and 11). */
export const seenClasses = (
  { threshold, probabilities, labels }: SeenClasses,
  weak: Tensor2D,
  { momentum, range: [low, high] }: AdaptiveThresholdOptions,
): SeenClasses =>
  tidy(() => {
    requireSameShape('seen classes', { weak }, '[B, C]');
    return {
      threshold: clipByValue(moveAverage(threshold, mean<Scalar>(max(weak, 1)), momentum), low, high),
      probabilities: moveAverage(probabilities, mean<Tensor1D>(weak, 0), momentum),
      labels: moveAverage(labels, shareOfLargest(weak), momentum),
    };
  });

/** The probability that each class must reach: the threshold for the likeliest one, less for rarer ones. → [C] */
export const classThresholds = ({ threshold, probabilities }: SeenClasses): Tensor1D =>
  tidy(() => mul(threshold, div(probabilities, max(probabilities))));

/** Which rows of probabilities [B, C] reach the threshold of their likeliest class: 1 or 0, [B]. */
export const rowsAboveThreshold = (weak: Tensor2D, thresholds: Tensor1D): Tensor1D =>
  tidy(() => {
    const own = gather(thresholds, cast(argMax<Tensor1D>(weak, 1), 'int32'));
    return cast(greaterEqual(max(weak, 1), own), 'float32');
  });

/** Mean over the rows that count. `rows` [B, C], `weights` [B] → [C]; zeros where none counts. */
const meanOf = (rows: Tensor2D, weights: Tensor1D): Tensor1D =>
  div(sum(mul(rows, expandDims(weights, 1)), 0), maximum(sum(weights), LEAST_SUM));

/**
 * Self-adaptive fairness (Wang et al. 2023, eq. 12): Σ_c N(p̃ / h̃)_c · log N(p̄ / h̄)_c, where p̄ and h̄ are the mean
 * probability and the share of the likeliest class over the rows of `learner` [B, C] (logits) that `weights` [B] let
 * count, p̃ and h̃ their averages over the steps before, and N divides by the sum. → [] in nats, ≤ 0; 0 where no row counts.
 * A class that is the likeliest of no row costs 27.6 times its part, without gradient.
 */
export const fairnessLoss = (
  learner: Tensor2D,
  weights: Tensor1D,
  { probabilities, labels }: Pick<SeenClasses, 'probabilities' | 'labels'>,
): Scalar =>
  tidy(() => {
    requireSameShape('fairness', { learner }, '[B, C]');
    requireSameRows('fairness', { learner, weights });
    const [aim, scale, counts, any] = untracked((): [Tensor1D, Tensor1D, Tensor1D, Scalar] => {
      const hard = cast(oneHot(cast(argMax<Tensor1D>(learner, 1), 'int32'), learner.shape[1]), 'float32');
      const counting = cast<Scalar>(greater(sum(weights), 0), 'float32');
      return [
        normalised(mul(probabilities, inverse(labels))),
        inverse(meanOf(hard as Tensor2D, weights)),
        mul(weights, 1),
        counting,
      ];
    });
    const now = normalised(mul(meanOf(softmax(learner), counts), scale)); // [C]
    return mul(any, sum<Scalar>(mul(aim, log(add(now, 1e-12)))));
  });
