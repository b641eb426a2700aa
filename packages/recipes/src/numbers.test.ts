import {
  float32,
  int32,
  uint8,
  METRIC,
  SCHEDULE,
  UnderstoryError,
  type AnyPlugin,
  type Metric,
  type MetricBatch,
  type Named,
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

const metricsOf = (output: string): string[] =>
  names(registry.list(METRIC)).filter((name) => registry.make(METRIC, name).reads?.includes(output));

/** Found boxes [rows, 6] in pixels, of three classes, in an image with three true ones; edges are whole, so some overlap enough. */
const detections = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 2, max: 9 }), fc.nat(2), between(0.01, 1)),
  { minLength: 1, maxLength: 12 },
);
const foundIn = (all: readonly (readonly [number, number, number, number])[]): number[][] =>
  all.map(([left, width, name, probability]) => [0, left, 8, left + width, name, probability]);
const TRUE_BOXES = [
  [0, 0, 8, 8, 0, 0, 64],
  [0, 2, 8, 9, 1, 0, 56],
  [0, 1, 8, 7, 1, 2, 48],
].flat();

const measureBoxes = async (metric: Metric, found: readonly number[][]) => {
  const pass = metric.begin({ classes: ['a', 'b', 'c'] });
  pass.add({
    outputs: { detections: float32(found.flat(), [1, found.length, 6]) },
    targets: {
      boxes: float32(TRUE_BOXES, [1, 3, 7]),
      frame: float32([0, 0, 16, 16, 16, 16], [1, 1, 6]),
    },
    count: 1,
  });
  return pass.end();
};

/** Numbers, or none where a metric refuses what is no number by naming its sample. */
const measuredOrRefused = (measured: () => Named<number>): Named<number> => {
  try {
    return measured();
  } catch (error) {
    expect(error).toMatchObject({ code: 'not-finite', message: expect.stringMatching(/\d/) as string });
    return {};
  }
};

/** Two images of two rows and columns with a probability for each of two classes, or of two labels; one is no number. */
const withoutNumber: Readonly<Record<string, MetricBatch>> = {
  'multi-label': {
    outputs: { probabilities: float32([0.1, NaN, 0.4, 0.2], [2, 2]) },
    targets: { labels: uint8(Uint8Array.of(0, 1, 1, 0), [2, 2]) },
    count: 2,
  },
  segmentation: {
    outputs: { probabilities: float32([0.1, 0.9, NaN, 0.6, 1, 0, 0.3, 0.7], [2, 2, 1, 2]) },
    targets: { mask: int32([0, 1, 0, 1], [2, 2, 1]) },
    count: 2,
  },
};

describe('every metric of the registry', () => {
  it.each(metricsOf('probabilities'))('%s refuses an answer that is no number', (name) => {
    const pass = registry.make(METRIC, name).begin({ classes: ['a', 'b'] });
    const batch = withoutNumber[name];
    expect(batch, 'a batch of its kind').toBeDefined();
    expect(() => {
      if (batch) pass.add(batch);
      return pass.end();
    }).toThrow(/not finite|no number|NaN/);
  });

  it('looks at outputs that are tried here', () => {
    const tried = ['logits', 'detections', 'probabilities'].flatMap(metricsOf);
    expect(tried.sort()).toEqual(names(registry.list(METRIC)).sort());
  });

  it.each(metricsOf('detections'))('%s never gains by a box that is no number', async (name) => {
    const metric: Metric = registry.make(METRIC, [name, { each: true }]);
    const noNumber = fc.constantFrom(NaN, Infinity, -Infinity);
    await fc.assert(
      fc.asyncProperty(
        detections,
        fc.nat(),
        fc.constantFrom(0, 1, 2, 3, 5),
        noNumber,
        async (all, at, column, value) => {
          const rows = foundIn(all);
          const broken = rows.map((row, i) =>
            i === at % rows.length ? row.map((v, c) => (c === column ? value : v)) : row,
          );
          const [sound, worse] = [await measureBoxes(metric, rows), await measureBoxes(metric, broken)];
          for (const [key, now] of Object.entries(worse))
            expect(
              Number.isNaN(sound[key]) || sound[key]! - now >= -1e-12,
              `${key}: ${sound[key]} became ${now}`,
            ).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each(metricsOf('logits'))('%s never gains by an answer that is no number', (name) => {
    const metric: Metric = registry.make(METRIC, name);
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(3), (all, row, column) => {
        const broken = all.map(([logits, label], i): [number[], number] =>
          i === row % all.length ? [logits.map((v, c) => (c === column ? NaN : v)), label] : [logits, label],
        );
        const sound = measurePredictions(metric, predictionsOf(all));
        const worse = measuredOrRefused(() => measurePredictions(metric, predictionsOf(broken)));
        for (const [key, value] of Object.entries(worse)) {
          const before = sound[key] ?? NaN;
          const loss = metric.goal === 'max' ? before - value : value - before;
          expect(Number.isNaN(loss) || loss >= 0, `${key}: ${before} became ${value}`).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
