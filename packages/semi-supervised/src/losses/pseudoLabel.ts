import {
  requireSameRows,
  requireSameShape,
  smoothTarget,
  softCrossEntropyRows,
  stopGradient,
  untracked,
} from '@understory/core';
import {
  argMax,
  cast,
  greaterEqual,
  max,
  mean,
  mul,
  softmax,
  tidy,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

export interface PseudoLabelOptions {
  /** Probability that a label must reach to be believed, 0 to 1. */
  readonly threshold: number;
}

/** Which rows of logits [B, C] are sure of their class: 1 where the largest probability reaches the threshold, [B]. */
export const confidentRows = (logits: Tensor2D, threshold: number): Tensor1D =>
  tidy(() => cast(greaterEqual(max(softmax(logits), 1), threshold), 'float32'));

/**
 * Learns the class that a network believes in, each row by its weight: cross-entropy of `learner` [B, C] with the likeliest
 * class of `labeller` [B, C], times `weights` [B]; the mean over all B rows, also those that weigh 0 → [] in nats. Neither the
 * labelling side nor the weights take gradient.
 */
export const weightedPseudoLabelLoss = (labeller: Tensor2D, learner: Tensor2D, weights: Tensor1D): Scalar =>
  tidy(() => {
    requireSameShape('pseudo-labels', { labeller, learner }, '[B, C]');
    requireSameRows('pseudo-labels', { learner, weights });
    const [target] = untracked((): [Tensor2D] => {
      const labels = argMax<Tensor1D>(labeller, 1);
      return [smoothTarget(cast(labels, 'int32'), labeller.shape[1])];
    });
    return mean(mul(stopGradient(weights), softCrossEntropyRows(learner, target)));
  });

/**
 * Pseudo-labels with a threshold (Lee 2013; Sohn et al. 2020, eq. 4): rows count whose labeller is sure of its class, see
 * `weightedPseudoLabelLoss`. `labeller`, `learner` [B, C] logits → [] in nats.
 */
export const pseudoLabelLoss =
  ({ threshold }: PseudoLabelOptions) =>
  (labeller: Tensor2D, learner: Tensor2D): Scalar =>
    tidy(() => {
      requireSameShape('pseudo-labels', { labeller, learner }, '[B, C]');
      return weightedPseudoLabelLoss(labeller, learner, confidentRows(labeller, threshold));
    });
