import { add, mean, relu, sub, tidy, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';
import { requireSameShape } from '@understory/core';
import { z } from 'zod';
import { lengthOf } from './distance.ts';

export const TripletOptions = z.strictObject({
  margin: z.number().min(0).default(0.3).describe('how much nearer the positive has to be, a distance'),
});
export type TripletOptions = z.input<typeof TripletOptions>;

export type TripletLoss = (anchor: Tensor2D, positive: Tensor2D, negative: Tensor2D) => Scalar;

/** Added to each difference, as in PyTorch's pairwise distance. */
const EPSILON = 1e-6;

/**
 * Triplet margin loss (Schroff et al. 2015, with distances as they are, not squared): mean of
 * max(0, ‖a − p‖ − ‖a − n‖ + margin). Three times [B, D], not normalised here → [].
 */
export const triplet = (options: TripletOptions = {}): TripletLoss => {
  const { margin } = TripletOptions.parse(options);
  return (anchor, positive, negative) =>
    tidy(() => {
      requireSameShape('triplet', { anchor, positive, negative }, '[B, D]');
      const near = lengthOf(add(sub(anchor, positive), EPSILON)); // [B]
      const far = lengthOf(add(sub(anchor, negative), EPSILON)); // [B]
      return mean(relu(add(sub(near, far), margin)));
    });
};
