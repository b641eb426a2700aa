import { plugin, SCHEDULE, type ScheduleFactory } from '@understory/core';
import { z } from 'zod';
import { rate as highest } from './options.ts';

export const OneCycleOptions = z.strictObject({
  rate: highest,
  rise: z.number().gt(0).lt(1).default(0.3).describe('share of the run in which the rate rises'),
  start: z.number().gt(1).default(25).describe('the first rate is the highest divided by this'),
  end: z.number().gt(1).default(1e4).describe('the last rate is the first divided by this'),
  shape: z.enum(['cosine', 'linear']).default('cosine').describe('how the rate rises and falls'),
});
export type OneCycleOptions = z.input<typeof OneCycleOptions>;

const SHAPES = {
  cosine: (from: number, to: number, share: number): number =>
    to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2,
  linear: (from: number, to: number, share: number): number => from + (to - from) * share,
};

/**
 * One rise and one long fall, both over the whole run (Smith & Topin 2018), as PyTorch's OneCycleLR. `rate` is the highest
 * rate. The rise is its warm-up, so there is none besides.
 */
export const oneCycle = (options: OneCycleOptions = {}): ScheduleFactory => {
  const { rate, rise, start, end, shape } = OneCycleOptions.parse(options);
  const [first, last] = [rate / start, rate / start / end];
  return ({ epochs, stepsPerEpoch }) => {
    const final = epochs * stepsPerEpoch - 1;
    const top = rise * (final + 1) - 1; // below 0 where the rise takes less than a step: the fall has begun before step 0
    return (step) =>
      step <= top
        ? SHAPES[shape](first, rate, top === 0 ? 1 : step / top) // PyTorch divides by zero at a top of 0
        : SHAPES[shape](rate, last, Math.min(1, (step - top) / (final - top)));
  };
};

export const oneCyclePlugin = plugin({
  token: SCHEDULE,
  name: 'one-cycle',
  summary: 'One rise, then one long fall',
  when: 'Short runs at a high rate.',
  source: "Smith and Topin 2018, as PyTorch's OneCycleLR",
  options: OneCycleOptions,
  create: oneCycle,
});
