import { requireSameLength, requireSameShape } from '@understory/core';
import {
  abs,
  add,
  matMul,
  mean,
  mul,
  slice,
  square,
  squaredDifference,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { unitVectors } from './rows.ts';

/**
 * Correlation congruence as its authors released it: products of the absolute differences of neighbours in the batch,
 * summed over the embedding. `student`, `teacher` [B, D] embeddings, B ≥ 2 → [], no unit.
 */
export const neighbourCorrelationLoss = (student: Tensor2D, teacher: Tensor2D): Scalar =>
  tidy(() => {
    requireSameShape('correlation congruence', { student, teacher }, '[B, D]');
    const [count, width] = student.shape;
    const delta = abs(sub(student, teacher)); // [B, D]
    const [before, after] = [slice(delta, 0, count - 1), slice(delta, [1, 0], [count - 1, width])] as const;
    return mean(sum(mul(before, after), 1)); // [B − 1] → []
  });

/** exp(−2γ)·Σ_{p ≤ 2} (2γ)^p / p! · cos^p: a Gaussian kernel of unit rows to the second order. [B, D] → [B, B]. */
const gaussian = (x: Tensor2D, gamma: number): Tensor2D => {
  const unit = unitVectors(x);
  const cosine: Tensor2D = mul(matMul(unit, unit, false, true), 2 * gamma);
  const series: Tensor2D = add(add(1, cosine), mul(square(cosine), 0.5));
  return mul(series, Math.exp(-2 * gamma));
};

/**
 * Correlation congruence as the paper has it (Peng et al. 2019, eq. 6 and 9): the mean squared difference of the
 * networks' kernel matrices. `student`, `teacher` [B, D] embeddings; `gamma` is the kernel's width, no unit → [].
 */
export const kernelCorrelationLoss =
  ({ gamma }: { readonly gamma: number }) =>
  (student: Tensor2D, teacher: Tensor2D): Scalar =>
    tidy(() => {
      requireSameLength('correlation congruence', { student, teacher }, '[B, D]');
      return mean(squaredDifference(gaussian(student, gamma), gaussian(teacher, gamma)));
    });
