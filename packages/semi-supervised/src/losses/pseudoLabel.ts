import { requireSameShape, smoothTarget, softCrossEntropyRows, untracked } from '@understory/core';
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
 * Learns the class that a network believes in (Lee 2013; Sohn et al. 2020, eq. 4): cross-entropy of `learner` [B, C] with
 * the likeliest class of `labeller` [B, C], where it is sure; the mean over all B rows, sure or not → [] in nats. The
 * labelling side takes no gradient.
 */
export const pseudoLabelLoss =
  ({ threshold }: PseudoLabelOptions) =>
  (labeller: Tensor2D, learner: Tensor2D): Scalar =>
    tidy(() => {
      requireSameShape('pseudo-labels', { labeller, learner }, '[B, C]');
      const [target, sure] = untracked((): [Tensor2D, Tensor1D] => {
        const labels = argMax<Tensor1D>(labeller, 1);
        return [smoothTarget(cast(labels, 'int32'), labeller.shape[1]), confidentRows(labeller, threshold)];
      });
      return mean(mul(sure, softCrossEntropyRows(learner, target)));
    });
