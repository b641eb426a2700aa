import { add, div, minimum, mul, scalar, sub, where, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { StepContext } from '../contracts/objective.ts';

/**
 * Share of a moving average that stays at a step: min(decay, 1 − 1/(k + 1)) for k steps done before, so that the average
 * does not remember the first weights. `step` [] → [].
 */
export const stayingShare = (decay: number, step: Scalar): Scalar => minimum(decay, div(step, add(step, 1)));

/**
 * Share of an average of the weights that stays at a step []: what `stays` says after so many updates [], and all of it where
 * the step is one of several that make an update, and not the last.
 */
export const shareAtStep = (
  { step, grouped }: Pick<StepContext, 'step' | 'grouped'>,
  stays: (updates: Scalar) => Scalar,
): Scalar => (grouped ? where(grouped.applies, stays(grouped.updates), scalar(1)) : stays(step));

/** share · average + (1 − share) · now, of any shape. */
export const moveAverage = <T extends Tensor>(average: T, now: T, share: Scalar | number): T =>
  add(mul(average, share), mul(now, typeof share === 'number' ? 1 - share : sub(1, share)));
