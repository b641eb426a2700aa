import { centredRows, requireSameShape } from '@understory/core';
import {
  add,
  div,
  maximum,
  mean,
  mul,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  tidy,
  transpose,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { TemperatureOptions } from './logits.ts';

export interface ClassCorrelationOptions extends TemperatureOptions {
  /** Whether the value is multiplied by T², as the released CIFAR configurations have it; true by default. */
  readonly scale?: boolean;
}

/** Length of each row [N, M] → [N]; one of zeros takes no gradient. */
const lengths = (x: Tensor2D): Tensor1D => sqrt(maximum(sum<Tensor1D>(square(x), 1), 1e-30));

/** Pearson's correlation of the rows of two matrices [N, M] → [N]; 0 where one of them is constant. */
const correlations = (a: Tensor2D, b: Tensor2D): Tensor1D => {
  const [x, y] = [centredRows(a), centredRows(b)] as const;
  return div(sum(mul(x, y), 1), add(mul(lengths(x), lengths(y)), 1e-8));
};

const correlationLoss =
  ({ temperature, scale = true }: ClassCorrelationOptions, turn: (x: Tensor2D) => Tensor2D) =>
  (student: Tensor2D, teacher: Tensor2D): Scalar =>
    tidy(() => {
      requireSameShape('distillation of correlations', { student, teacher }, '[B, C]');
      const [s, t] = [student, teacher].map((o) => turn(softmax(div(o, temperature)))) as [
        Tensor2D,
        Tensor2D,
      ];
      return mul(sub(1, mean(correlations(s, t))), scale ? temperature ** 2 : 1);
    });

/**
 * DIST between classes (Huang et al. 2022, eq. 8): T² · (1 − mean correlation of each image's probabilities, student with
 * teacher). Both [B, C] logits → [], no unit. A row of equal probabilities counts 1 and takes no gradient (in PyTorch some
 * 1e8).
 */
export const interClassLoss = (options: ClassCorrelationOptions): ReturnType<typeof correlationLoss> =>
  correlationLoss(options, (x) => x);

/**
 * DIST within classes (Huang et al. 2022, eq. 9): the same of each class's probabilities over the batch. Both [B, C]
 * logits → [], no unit. A class of equal probabilities counts 1, so a batch of one gives T² without gradient.
 */
export const intraClassLoss = (options: ClassCorrelationOptions): ReturnType<typeof correlationLoss> =>
  correlationLoss(options, (x) => transpose(x));
