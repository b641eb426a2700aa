import { plugin, SCHEDULE, type ScheduleFactory } from '@understory/core';
import { z } from 'zod';
import { fallingSchedule } from './fallingSchedule.ts';
import { rate, warmupEpochs } from './options.ts';

export const StepOptions = z.strictObject({
  rate,
  every: z.int().min(1).default(30).describe('epochs between falls'),
  factor: z.number().positive().default(0.1).describe('what the rate is multiplied by at each fall'),
  warmupEpochs,
});
export type StepOptions = z.input<typeof StepOptions>;

/** The rate falls by a factor every so many epochs. The defaults are those of the released ImageNet recipe. */
export const step = (options: StepOptions = {}): ScheduleFactory => {
  const { every, ...falls } = StepOptions.parse(options);
  return fallingSchedule(
    'step',
    falls,
    (stepsPerEpoch) => (step) => Math.floor(step / (every * stepsPerEpoch)),
  );
};

export const stepPlugin = plugin({
  token: SCHEDULE,
  name: 'step',
  summary: 'Falls by a factor every so many epochs',
  when: 'The official ImageNet recipe: a tenth every 30 epochs.',
  source: "Zhang et al., ECCV 2022, released code; PyTorch's StepLR",
  options: StepOptions,
  create: step,
});
