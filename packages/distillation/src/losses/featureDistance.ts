import { requireSameShape } from '@understory/core';
import {
  mean,
  maximum,
  sqrt,
  squaredDifference,
  sum,
  tidy,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** Under this square of a distance, embeddings count as equal and the gradient is 0. */
const EQUAL = 1e-24;

/**
 * ‖S − T‖, the Euclidean norm of the whole difference of two matrices [B, D] → [], as in the released CDS code: its
 * gradient has length 1 at any distance, and its value grows with √B.
 */
export const wholeDistance = (student: Tensor2D, teacher: Tensor2D): Scalar =>
  tidy(() => {
    requireSameShape('distance of features', { student, teacher }, '[B, D]');
    return sqrt(maximum(sum(squaredDifference(student, teacher)), EQUAL));
  });

/** Squared distance of each row, mean over the rows: the paper's form. Both [B, D] → []. */
export const meanSquaredDistance = (student: Tensor2D, teacher: Tensor2D): Scalar =>
  tidy(() => {
    requireSameShape('distance of features', { student, teacher }, '[B, D]');
    return mean(sum(squaredDifference(student, teacher), 1));
  });
