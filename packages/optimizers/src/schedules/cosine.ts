import { plugin, SCHEDULE, type ScheduleFactory } from '@understory/core';
import { z } from 'zod';
import { rate, warmupEpochs } from './options.ts';
import { warmup } from './warmup.ts';

export const CosineOptions = z.strictObject({
  rate,
  final: z.number().min(0).default(0).describe('rate that the last step comes close to'),
  warmupEpochs,
});
export type CosineOptions = z.input<typeof CosineOptions>;

/** Half a cosine from the highest rate down to the final one (Loshchilov & Hutter 2017, eq. 5, without restarts). */
export const cosine = (options: CosineOptions = {}): ScheduleFactory => {
  const parsed = CosineOptions.parse(options);
  return ({ stepsPerEpoch, epochs }) => {
    const before = Math.round(parsed.warmupEpochs * stepsPerEpoch);
    const steps = Math.max(1, epochs * stepsPerEpoch - before);
    const fall = (step: number): number => (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps)) / 2;
    return warmup(before, (step) => parsed.final + (parsed.rate - parsed.final) * fall(step));
  };
};

export const cosinePlugin = plugin({
  token: SCHEDULE,
  name: 'cosine',
  summary: 'Half a cosine down to a final rate',
  when: 'Long runs without epochs to choose.',
  source: 'Loshchilov and Hutter 2017, without restarts',
  options: CosineOptions,
  create: cosine,
});
