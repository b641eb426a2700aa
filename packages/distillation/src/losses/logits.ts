import { requireSameShape, softCrossEntropyRows } from '@understory/core';
import {
  div,
  exp,
  logSoftmax,
  mean,
  mul,
  softmax,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

export interface TemperatureOptions {
  /** Divides the logits, no unit. */
  readonly temperature: number;
}

/** Σ_c p·(log p − log q) of each row, p the teacher's and q the student's softmax. Both [B, C] → [B] in nats. */
export const klRows = (student: Tensor2D, teacher: Tensor2D, temperature = 1): Tensor1D => {
  requireSameShape('distillation', { student, teacher }, '[B, C]');
  const logP = logSoftmax(div(teacher, temperature)); // [B, C]
  const logQ = logSoftmax(div(student, temperature)); // [B, C]
  return sum(mul(exp(logP), sub(logP, logQ)), 1); // [B]
};

/**
 * Hinton et al. 2015: T² · mean KL(teacher ‖ student) of probabilities at a temperature. `student`, `teacher` [B, C]
 * logits → [] in nats. T² keeps the size of the gradient comparable across temperatures.
 */
export const distillationKl =
  ({ temperature }: TemperatureOptions) =>
  (student: Tensor2D, teacher: Tensor2D): Scalar =>
    tidy(() => mul(mean(klRows(student, teacher, temperature)), temperature ** 2));

/**
 * Mean cross-entropy of the student's with the teacher's probabilities at a temperature, without the factor T², as in
 * the released CDS code. `student`, `teacher` [B, C] logits → [] in nats.
 */
export const softCrossEntropy =
  ({ temperature }: TemperatureOptions) =>
  (student: Tensor2D, teacher: Tensor2D): Scalar =>
    tidy(() => {
      requireSameShape('distillation', { student, teacher }, '[B, C]');
      const target = softmax<Tensor2D>(div(teacher, temperature)); // [B, C]
      const logits: Tensor2D = div(student, temperature);
      return mean(softCrossEntropyRows(logits, target)); // [B] → []
    });
