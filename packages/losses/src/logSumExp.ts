import { add, exp, log, max, sub, squeeze, sum, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { stopGradient } from '@understory/core';

/** Logarithm of each row's sum of exponentials, in nats; the row maximum takes no gradient. [M, N] → [M]. */
export const logSumExp = (x: Tensor2D): Tensor1D => {
  const top = max(stopGradient(x), 1, true); // [M, 1]
  return add(log(sum(exp(sub(x, top)), 1)), squeeze(top, [1]));
};
