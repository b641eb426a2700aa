import { UnderstoryError, type Plan, type Schedule, type ScheduleFactory } from '@understory/core';
import { warmup } from './warmup.ts';

/** Throws `rate` where a factor above 1 takes a rate beyond all numbers. */
const checkRates = (name: string, at: Schedule, { epochs, stepsPerEpoch }: Plan): void => {
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = at((epoch + 1) * stepsPerEpoch - 1);
    if (Number.isFinite(Math.fround(rate))) continue; // a step takes it as float32
    const when = `the rate of epoch ${epoch}, counted from 0, is ${rate}.`;
    throw new UnderstoryError(
      'rate',
      `schedule "${name}": ${when} Set "factor", by which it is multiplied at each fall, to less than 1.`,
    );
  }
};

export interface Falls {
  readonly rate: number;
  /** What the rate is multiplied by at each fall. */
  readonly factor: number;
  readonly warmupEpochs: number;
}

/**
 * A rate that falls by a factor: `fallsAt` says how often it has fallen until a step. Steps count from the run's start,
 * warm-up included. Errors: `rate` where a rate is no number.
 */
export const fallingSchedule =
  (
    name: string,
    { rate, factor, warmupEpochs }: Falls,
    fallsAt: (stepsPerEpoch: number) => (step: number) => number,
  ): ScheduleFactory =>
  (plan) => {
    const before = Math.round(warmupEpochs * plan.stepsPerEpoch);
    const falls = fallsAt(plan.stepsPerEpoch);
    const schedule = warmup(before, (step) => rate * factor ** falls(step + before));
    checkRates(name, schedule, plan);
    return schedule;
  };
