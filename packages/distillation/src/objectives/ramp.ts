import { add, div, floor, minimum, mul, tidy, type Scalar } from '@tensorflow/tfjs-core';

/** A weight that sets in: min(e / epochs, 1) of it in epoch e, counted from 1. `epoch` [] as a fraction from 0. */
export const rampedWeight = (weight: number, epoch: Scalar, epochs: number): Scalar | number =>
  epochs === 0 ? weight : tidy((): Scalar => mul(minimum(div(add(floor(epoch), 1), epochs), 1), weight));
