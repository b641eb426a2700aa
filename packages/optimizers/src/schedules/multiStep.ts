import { plugin, SCHEDULE, type ScheduleFactory } from '@understory/core';
import { z } from 'zod';
import { finiteRates } from './finiteRates.ts';
import { rate, warmupEpochs } from './options.ts';
import { warmup } from './warmup.ts';

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
  const parsed = MultiStepOptions.parse(options);
  return (plan) => {
    const { stepsPerEpoch } = plan;
    const before = Math.round(parsed.warmupEpochs * stepsPerEpoch);
    const drops = parsed.milestones.map((epoch) => Math.round(epoch * stepsPerEpoch));
    const at = (step: number): number =>
      parsed.rate * parsed.factor ** drops.filter((drop) => drop <= step).length;
    // Milestones count from the run's start, warm-up included.
    return finiteRates(
      'multi-step',
      warmup(before, (step) => at(step + before)),
      plan,
    );
  };
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
