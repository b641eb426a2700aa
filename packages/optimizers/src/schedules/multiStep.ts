import { plugin, SCHEDULE, type ScheduleFactory } from '@understory/core';
import { z } from 'zod';
import { fallingSchedule } from './fallingSchedule.ts';
import { rate, warmupEpochs } from './options.ts';

export const MultiStepOptions = z.strictObject({
  rate,
  milestones: z
    .array(z.number().min(0))
    .default([90, 180, 280])
    .describe('0-based epochs at whose start the rate drops'),
  factor: z.number().positive().default(0.1).describe('factor of each drop'),
  warmupEpochs,
});
export type MultiStepOptions = z.input<typeof MultiStepOptions>;

/** A rate that drops by a factor at some epochs; the defaults are the paper's 300 CIFAR epochs. */
export const multiStep = (options: MultiStepOptions = {}): ScheduleFactory => {
  const { milestones, ...falls } = MultiStepOptions.parse(options);
  return fallingSchedule('multi-step', falls, (stepsPerEpoch) => {
    const drops = milestones.map((epoch) => Math.round(epoch * stepsPerEpoch));
    return (step) => drops.filter((drop) => drop <= step).length;
  });
};

export const multiStepPlugin = plugin({
  token: SCHEDULE,
  name: 'multi-step',
  summary: 'A rate that drops by a factor at some epochs',
  when: 'The official CIFAR recipe: the default.',
  source: "Zhang et al., ECCV 2022, released code; PyTorch's MultiStepLR",
  options: MultiStepOptions,
  create: multiStep,
});
