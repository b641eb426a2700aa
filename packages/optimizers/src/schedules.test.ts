import { readFileSync } from 'node:fs';
import type { Plan, ScheduleFactory } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { multiStep, schedulePlugins, step, warmup } from './index.ts';

interface Golden {
  readonly plugin: string;
  readonly options: Record<string, unknown>;
  readonly rates: number[];
  /** Where it is another one than that of all. */
  readonly plan?: Plan;
}
const { cases, ...usual } = JSON.parse(
  readFileSync(new URL('../testdata/schedules.json', import.meta.url), 'utf8'),
) as { stepsPerEpoch: number; epochs: number; cases: Golden[] };

const make = (name: string, options: Record<string, unknown>): ScheduleFactory => {
  const found = schedulePlugins.find((p) => p.name === name)!;
  return (found.create as (o: unknown) => ScheduleFactory)(found.options.parse(options));
};

describe('against PyTorch', () => {
  it.each(cases)('$plugin $options $plan', ({ plugin, options, rates, plan = usual }) => {
    const at = make(plugin, options)(plan);
    rates.forEach((rate, t) => expect(at(t) / rate, `step ${t}`).toBeCloseTo(1, 9));
  });
});

describe.each(schedulePlugins.map((p) => p.name))('%s', (name) => {
  it('is a positive rate throughout, in runs of any length', () => {
    for (const stepsPerEpoch of [1, 7])
      for (const epochs of [1, 2, 40]) {
        const at = make(name, {})({ stepsPerEpoch, epochs });
        for (let t = 0; t < epochs * stepsPerEpoch; t++) {
          expect(at(t)).toBeGreaterThan(0);
          expect(at(t)).toBeLessThanOrEqual(0.1 + 1e-12);
        }
      }
  });
});

describe('warm-up', () => {
  it('rises linearly to the first rate', () => {
    const at = warmup(4, (t) => 2 - t);
    expect([0, 1, 2, 3, 4, 5].map(at)).toEqual([0.5, 1, 1.5, 2, 2, 1]);
  });

  it('does not move milestones', () => {
    const at = multiStep({ rate: 1, milestones: [3], warmupEpochs: 2 })({ stepsPerEpoch: 10, epochs: 5 });
    expect([0, 19, 20, 29].map(at)).toEqual([0.05, 1, 1, 1]);
    expect(at(30)).toBeCloseTo(0.1, 12);
    const every = step({ rate: 1, every: 3, warmupEpochs: 2 })({ stepsPerEpoch: 10, epochs: 5 });
    expect(every(29)).toBe(1);
    expect(every(30)).toBeCloseTo(0.1, 12);
  });
});
