import {
  add,
  cast,
  customGrad,
  equal,
  exp,
  expm1,
  less,
  log1p,
  max,
  mul,
  neg,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** Pieces of a log-softmax: logits less their row's maximum [M, N], the maximum [M, 1], and the logarithm that remains [M, 1]. */
export interface Partition {
  readonly shifted: Tensor;
  readonly top: Tensor;
  readonly rest: Tensor;
}

/** The sum of exponentials leaves the row's maximum out, so that it stays exact where that is nearly all. */
export const partition = (logits: Tensor): Partition => {
  const top = max(logits, 1, true);
  const shifted = sub(logits, top); // 0 at the maximum
  const below = cast(less(shifted, 0), 'float32');
  const ties = sum(cast(equal(shifted, 0), 'float32'), 1, true);
  const others = add(sum(mul(exp(shifted), below), 1, true), sub(ties, 1));
  return { shifted, top, rest: log1p(others) };
};

/**
 * Logarithm of each row's softmax. [M, N] → [M, N] in nats. Unlike the textbook form it keeps its relative precision in
 * float32 when one entry has nearly all the probability: log p = −1e-9 is not rounded to 0, nor is its gradient 1 − p.
 */
export const logSoftmax = (logits: Tensor2D): Tensor2D =>
  customGrad((x, save) => {
    const { shifted, rest } = partition(x as Tensor);
    const value = sub(shifted, rest);
    (save as (tensors: Tensor[]) => void)([value]);
    const gradFunc = (dy: Tensor, [logP]: Tensor[]): Tensor => {
      const others = sub(sum(dy, 1, true), dy); // what the other entries of the row ask for
      return neg(add(mul(expm1(logP!), dy), mul(exp(logP!), others)));
    };
    return { value, gradFunc };
  })(logits) as Tensor2D;
