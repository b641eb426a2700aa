import { div, minimum, mul, sign, sub, tidy, type Tensor } from '@tensorflow/tfjs-core';

export interface SmoothL1Options {
  /** Below this difference the loss is a square; 0: nowhere, which is the L1 loss. */
  readonly beta: number;
}

/** The absolute value, with a gradient of 0 at 0, where that of tfjs's own is −1. */
const absolute = (x: Tensor): Tensor => mul(x, sign(x));

/** d² / 2β where |d| < β, else |d| − β / 2 (Girshick 2015, eq. 3). `difference`, of any shape → that shape. */
export const smoothL1 = (difference: Tensor, { beta }: SmoothL1Options): Tensor =>
  tidy(() => {
    const size = absolute(difference);
    if (beta === 0) return size;
    const square = minimum(size, beta);
    return div(mul(square, sub(size, mul(square, 0.5))), beta);
  });
