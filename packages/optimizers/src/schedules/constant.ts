import { plugin, SCHEDULE, type ScheduleFactory } from '@understory/core';
import { z } from 'zod';
import { rate, warmupEpochs } from './options.ts';
import { warmup } from './warmup.ts';

export const ConstantOptions = z.strictObject({ rate, warmupEpochs });
export type ConstantOptions = z.input<typeof ConstantOptions>;

/** The same rate at every step. */
export const constant = (options: ConstantOptions = {}): ScheduleFactory => {
  const parsed = ConstantOptions.parse(options);
  return ({ stepsPerEpoch }) => warmup(Math.round(parsed.warmupEpochs * stepsPerEpoch), () => parsed.rate);
};

export const constantPlugin = plugin({
  token: SCHEDULE,
  name: 'constant',
  summary: 'The same rate at every step',
  when: 'Short trials, and fine-tuning at a small rate.',
  source: 'no schedule',
  options: ConstantOptions,
  create: constant,
});
