import {
  METRIC,
  SCHEDULE,
  UnderstoryError,
  type AnyPlugin,
  type Metric,
  type Predictions,
  type ScheduleFactory,
  measurePredictions,
} from '@understory/core';
import { createRegistry } from '@understory/registry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);
const names = (plugins: readonly AnyPlugin[]): string[] => plugins.map((p) => p.name);
const keysOf = ({ options }: AnyPlugin): string[] =>
  Object.keys((options as unknown as { shape: object }).shape);

const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true, minExcluded: true });

/** Values of every option that a schedule has: one that is not here has to be added. */
const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  rate: between(0, 100),
  final: between(0, 1),
  warmupEpochs: fc.oneof(fc.constantFrom(0, 0.5, 1), between(0, 60)),
  milestones: fc.array(between(0, 60), { maxLength: 8 }),
  factor: fc.oneof(between(0, 1), between(0, 20)),
  every: fc.integer({ min: 1, max: 60 }),
  rise: fc.oneof(fc.constantFrom(1e-9, 0.01, 0.05, 0.1, 0.5, 0.99), between(0, 0.9999)),
  start: between(1, 1000),
  end: between(1, 1e6),
  shape: fc.constantFrom('cosine', 'linear'),
};

const plans = fc.record({
  stepsPerEpoch: fc.integer({ min: 1, max: 12 }),
  epochs: fc.integer({ min: 1, max: 50 }),
});

describe('every schedule of the registry', () => {
  it.each(names(registry.list(SCHEDULE)))(
    '%s gives a finite rate at every step, or refuses the plan',
    (name) => {
      const plugin = registry.list(SCHEDULE).find((p) => p.name === name)!;
      const options = Object.fromEntries(keysOf(plugin).map((key) => [key, VALUES[key]!]));
      expect(Object.values(options)).not.toContain(undefined);
      fc.assert(
        fc.property(fc.record(options, { requiredKeys: [] }), plans, (given, plan) => {
          const factory: ScheduleFactory = registry.make(SCHEDULE, [name, given]);
          let at: ReturnType<ScheduleFactory>;
          try {
            at = factory(plan);
          } catch (error) {
            expect(error).toBeInstanceOf(UnderstoryError);
            expect(Number((given as { factor?: number }).factor)).toBeGreaterThan(1);
            return;
          }
          for (let step = 0; step <= plan.epochs * plan.stepsPerEpoch; step++)
            expect(at(step), `step ${step}`).toSatisfy(
              (rate: number) => Number.isFinite(Math.fround(rate)) && rate >= 0,
            );
        }),
        { numRuns: 100 },
      );
    },
  );

  it('refuses a factor that takes the rate beyond all numbers', () => {
    const factory = registry.make(SCHEDULE, ['step', { every: 1, factor: 10 }]);
    expect(() => factory({ stepsPerEpoch: 3, epochs: 400 })).toThrow(
      /"step": the rate of epoch 40, .* is 1.0*1?e\+39/,
    );
  });
});

const rows = fc.array(fc.tuple(fc.array(between(-8, 8), { minLength: 4, maxLength: 4 }), fc.nat(3)), {
  minLength: 2,
  maxLength: 20,
});
const predictionsOf = (all: readonly (readonly [number[], number])[]): Predictions => ({
  classes: 4,
  logits: Float32Array.from(all.flatMap(([logits]) => logits)),
  labels: Int32Array.from(all.map(([, label]) => label)),
});

describe('every metric of the registry', () => {
  it.each(names(registry.list(METRIC)))('%s never gains by an answer that is no number', (name) => {
    const metric: Metric = registry.make(METRIC, name);
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(3), (all, row, column) => {
        const broken = all.map(([logits, label], i): [number[], number] =>
          i === row % all.length ? [logits.map((v, c) => (c === column ? NaN : v)), label] : [logits, label],
        );
        const [sound, worse] = [all, broken].map((each) => measurePredictions(metric, predictionsOf(each)));
        for (const [key, value] of Object.entries(worse!)) {
          const loss = metric.goal === 'max' ? sound![key]! - value : value - sound![key]!;
          expect(Number.isNaN(loss) || loss >= 0, `${key}: ${sound![key]} became ${value}`).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
