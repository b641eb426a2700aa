import { requireSameShape } from '@understory/core';
import { addN, mean, mul, squaredDifference, tidy, type Scalar, type Tensor4D } from '@tensorflow/tfjs-core';
import { adaptiveAvgPool } from './resize.ts';

/** FitNet's loss (Romero et al. 2015, eq. 3): the mean squared difference of all numbers. Both [B, h, w, C] → []. */
export const hintLoss = (student: Tensor4D, teacher: Tensor4D): Scalar =>
  tidy(() => {
    requireSameShape('hints', { student, teacher }, '[B, h, w, C]');
    return mean(squaredDifference(student, teacher));
  });

/** Sides of the coarser maps that are compared. */
const LEVELS = [4, 2, 1] as const;

/**
 * ReviewKD's hierarchical context loss of one pair of maps (Chen et al. 2021): the mean squared difference of the maps as
 * they are, and average-pooled to each of 4×4, 2×2 and 1×1 that is smaller, the k-th of these times 2^−k; over the sum of
 * the weights. Both [B, h, w, C] → [].
 */
export const contextLoss = (student: Tensor4D, teacher: Tensor4D): Scalar =>
  tidy(() => {
    requireSameShape('context of maps', { student, teacher }, '[B, h, w, C]');
    const [, height, width] = student.shape;
    const coarser = LEVELS.filter((side) => side < Math.min(height, width));
    const parts = coarser.map((side, k): Scalar => {
      const [s, t] = [student, teacher].map((x) => adaptiveAvgPool(x, [side, side])) as [Tensor4D, Tensor4D];
      return mul(mean(squaredDifference(s, t)), 2 ** -(k + 1));
    });
    const total = coarser.reduce<number>((sum, _, k) => sum + 2 ** -(k + 1), 1);
    return mul(addN<Scalar>([mean(squaredDifference(student, teacher)), ...parts]), 1 / total);
  });
