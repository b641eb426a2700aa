import { moveAverage, requireSameShape, UnderstoryError, type Named } from '@understory/core';
import {
  add,
  cast,
  div,
  equal,
  exp,
  max,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  scalar,
  square,
  sub,
  sum,
  tidy,
  zeros,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** What SoftMatch remembers of unlabelled images: averages over the steps before. */
export interface SeenConfidence extends Named<Tensor> {
  /** Of the largest aligned probability, []. */
  readonly mean: Scalar;
  /** Of its variance over a batch, []. */
  readonly variance: Scalar;
  /** Of each class's probability, [C]; zeros before the first step, which sets it. */
  readonly probabilities: Tensor1D;
}

export interface SoftWeightOptions {
  /** Share of the averages that stays at each step, 0 to 1. */
  readonly momentum: number;
  /** n: the weight falls as a bell of standard deviation σ / n below the mean. */
  readonly sharpness: number;
  /** Whether probabilities are first divided by how common their class was (uniform distribution alignment). */
  readonly align: boolean;
}

/** Least variance that divides. */
const LEAST_VARIANCE = 1e-12;
/** Added to probabilities that are divided by one another, as in the released code. */
const EPSILON = 1e-6;

export const firstSeenConfidence = (classes: number): SeenConfidence => ({
  mean: scalar(1 / classes),
  variance: scalar(1),
  probabilities: zeros([classes]),
});

/** The first step's own mean, then the average. */
const seenProbabilities = (before: Tensor1D, weak: Tensor2D, momentum: number): Tensor1D => {
  const first = cast(equal(sum(before), 0), 'float32');
  const now = mean<Tensor1D>(weak, 0);
  return add(mul(now, first), mul(moveAverage(before, now, momentum), sub(1, first)));
};

/** Probabilities [B, C] as they would be were all classes equally common. */
const aligned = (weak: Tensor2D, probabilities: Tensor1D): Tensor2D => {
  const even = 1 / probabilities.shape[0] + EPSILON;
  const scaled: Tensor2D = mul(weak, div(even, add(probabilities, EPSILON)));
  return div(scaled, sum(scaled, 1, true));
};

const rowsOf = (weak: Tensor2D): number => {
  requireSameShape('soft weights', { weak }, '[B, C]');
  const [rows] = weak.shape;
  if (rows >= 2) return rows;
  throw new UnderstoryError(
    'bad-shape',
    `Soft weights follow the variance over a batch, and the batch has ${rows} row. Use a batch of two or more.`,
  );
};

/**
 * How much SoftMatch believes each row of probabilities [B, C] of weak views (Chen et al. 2023, eq. 6 to 8): 1 from the mean
 * confidence upwards, less below by a bell, λ = exp(−min(c − μ, 0)² · n² / (2 σ²)) → weights [B], and the averages, which
 * move on first. Throws `bad-shape` where there is one row, which has no variance.
 */
export const softWeights = (
  weak: Tensor2D,
  before: SeenConfidence,
  { momentum, sharpness, align }: SoftWeightOptions,
): { readonly weights: Tensor1D; readonly seen: SeenConfidence } =>
  tidy(() => {
    const rows = rowsOf(weak);
    const probabilities = seenProbabilities(before.probabilities, weak, momentum);
    const confidence = max<Tensor1D>(align ? aligned(weak, probabilities) : weak, 1); // [B]
    const batchMean = mean<Scalar>(confidence);
    const batchVariance = div<Scalar>(sum(square(sub(confidence, batchMean))), rows - 1); // unbiased
    const seen = {
      mean: moveAverage(before.mean, batchMean, momentum),
      variance: moveAverage(before.variance, batchVariance, momentum),
      probabilities,
    };
    const below = minimum(sub(confidence, seen.mean), 0);
    const spread = mul(maximum(seen.variance, LEAST_VARIANCE), 2 / sharpness ** 2);
    return { weights: exp(neg(div(square(below), spread))), seen };
  });
