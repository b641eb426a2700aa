import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { token } from '../plugin.ts';

/**
 * What belongs together: labels [B] (one a sample, the same in all views) or [V·B] int32, where equal ones do; or an
 * affinity [B, B] or [V·B, V·B] float32, whose row i says how far (0 … 1) each other row is a positive of i. An affinity
 * of samples holds for all their views, its diagonal for the views of one sample; a row is no positive of itself. It need not
 * be symmetric, and takes no gradient. Core's `affinityOf` makes it from any target.
 */
export type Positives = Tensor1D | Tensor2D;

/**
 * Contrasts embeddings. `features` [V·B, D], views stacked, first view first, rows of any length (the loss
 * normalises); `positives` are absent where only the views tell what belongs together → [] in nats. Others that do not
 * fit the rows are an error, `bad-label`: V is the loss's own, see `views`.
 */
export interface ContrastiveLoss {
  (features: Tensor2D, positives?: Positives): Scalar;
  /** Views that it takes the features to hold; any number where absent. */
  readonly views?: number;
  /** What its value is multiplied by, for embeddings of a width, to weigh about as much as SupCon beside a task; 1 where absent. */
  readonly factor?: (width: number) => number;
}
export const LOSS = token<ContrastiveLoss>('loss');

/** Compares logits [B, C] with labels [B] int32 in 0 … C−1 → [] in nats. */
export interface ClassificationLoss {
  /** `weights` [C] say how much each class counts; the mean is over the weights of the labels' classes. */
  (logits: Tensor2D, labels: Tensor1D, weights?: Tensor1D): Scalar;
  /** Whether it looks at the weights: an objective refuses `classWeights` for a loss that does not. */
  readonly weighted?: boolean;
}
export const CLASSIFICATION_LOSS = token<ClassificationLoss>('classification-loss');

/**
 * Contrasts with a queue. `query` [B, D] of the trained encoder, `key` [B, D] of its moving average, `queue` [K, D] of
 * earlier keys, rows of any length; no gradient for keys and queue → [] in nats.
 */
export type QueueLoss = (query: Tensor2D, key: Tensor2D, queue: Tensor2D) => Scalar;
export const QUEUE_LOSS = token<QueueLoss>('queue-loss');

/**
 * Compares what is predicted. `predictions` [2B, D] and `targets` [2B, D], two views stacked, rows of any length; each
 * view's prediction meets the other's target, which takes no gradient → [], no unit.
 */
export type PredictionLoss = (predictions: Tensor2D, targets: Tensor2D) => Scalar;
export const PREDICTION_LOSS = token<PredictionLoss>('prediction-loss');

/** Compares assignments to prototypes. `scores` [2B, K], cosines of embeddings and prototypes, two views stacked → [] in nats. */
export type PrototypeLoss = (scores: Tensor2D) => Scalar;
export const PROTOTYPE_LOSS = token<PrototypeLoss>('prototype-loss');
