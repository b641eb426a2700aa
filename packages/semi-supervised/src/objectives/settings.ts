import { minimum, div, mul, tidy, type Scalar } from '@tensorflow/tfjs-core';
import { z } from 'zod';

export const unlabelled = z.string().default('unlabelled').describe('stream without labels, by name');

export const threshold = z
  .number()
  .min(0)
  .max(1)
  .default(0.95)
  .describe('probability that a class must reach to be learned, 0 to 1');

export const rampEpochs = z
  .number()
  .min(0)
  .default(120)
  .describe('epochs over which the weight rises from 0 in a straight line; 40 % of the run is usual');

export const momentum = z
  .number()
  .min(0)
  .max(1)
  .default(0.999)
  .describe(
    'share of the averages over unlabelled images that stays at each step, 0 to 1; 0.99 where a run has only a few thousand steps',
  );

/** A weight that rises in a straight line until an epoch. `epoch` [] → []. */
export const ramped = (full: number, epochs: number, epoch: Scalar): Scalar | number =>
  epochs === 0 ? full : tidy(() => mul(minimum(div(epoch, epochs), 1), full));
