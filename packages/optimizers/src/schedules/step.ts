import { plugin, SCHEDULE, type ScheduleFactory } from '@understory/core';
import { z } from 'zod';
import { finiteRates } from './finiteRates.ts';
import { rate, warmupEpochs } from './options.ts';
import { warmup } from './warmup.ts';

export const StepOptions = z.strictObject({
  rate,
  every: z.int().min(1).default(30).describe('epochs between falls'),
  factor: z.number().positive().default(0.1).describe('what the rate is multiplied by at each fall'),
  warmupEpochs,
});
export type StepOptions = z.input<typeof StepOptions>;

/** The rate falls by a factor every so many epochs. The defaults are those of the released ImageNet recipe. */
export const step = (options: StepOptions = {}): ScheduleFactory => {
  const parsed = StepOptions.parse(options);
  return (plan) => {
    const { stepsPerEpoch } = plan;
    const before = Math.round(parsed.warmupEpochs * stepsPerEpoch);
    const at = (step: number): number =>
      parsed.rate * parsed.factor ** Math.floor(step / (parsed.every * stepsPerEpoch));
    // Epochs count from the run's start, warm-up included.
    return finiteRates(
      'step',
      warmup(before, (step) => at(step + before)),
      plan,
    );
  };
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
