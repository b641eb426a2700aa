import { add, mean, relu, sub, tidy, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';
import { requireSameShape } from '@understory/core';
import { lengthOf } from './distance.ts';
import { notNegative, readOptions, type Given, type Options } from './options.ts';

export const TripletOptions = {
  margin: notNegative(0.3, 'how much nearer the positive has to be, a distance'),
} satisfies Options;
export type TripletOptions = Given<typeof TripletOptions>;

export type TripletLoss = (anchor: Tensor2D, positive: Tensor2D, negative: Tensor2D) => Scalar;

/** Added to each difference, as in PyTorch's pairwise distance. */
const EPSILON = 1e-6;

/**
 * Triplet margin loss (Schroff et al. 2015, with distances as they are, not squared): mean of
 * max(0, ‖a − p‖ − ‖a − n‖ + margin). Three times [B, D], not normalised here → [].
 */
export const triplet = (options: TripletOptions = {}): TripletLoss => {
  const { margin } = readOptions('triplet', TripletOptions, options);
  return (anchor, positive, negative) =>
    tidy(() => {
      requireSameShape('triplet', { anchor, positive, negative }, '[B, D]');
      const near = lengthOf(add(sub(anchor, positive), EPSILON)); // [B]
      const far = lengthOf(add(sub(anchor, negative), EPSILON)); // [B]
      return mean(relu(add(sub(near, far), margin)));
    });
};
