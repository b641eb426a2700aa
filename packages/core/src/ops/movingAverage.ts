import { add, div, minimum, mul, sub, type Scalar, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Share of a moving average that stays at a step: min(decay, 1 − 1/(k + 1)) for k steps done before, so that the average
 * does not remember the first weights. `step` [] → [].
 */
export const stayingShare = (decay: number, step: Scalar): Scalar => minimum(decay, div(step, add(step, 1)));

/** share · average + (1 − share) · now, of any shape. */
export const moveAverage = <T extends Tensor>(average: T, now: T, share: Scalar | number): T =>
  add(mul(average, share), mul(now, typeof share === 'number' ? 1 - share : sub(1, share)));
