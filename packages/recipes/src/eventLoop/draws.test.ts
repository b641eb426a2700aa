import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  AUGMENTATION,
  float32,
  int32,
  uint8,
  METRIC,
  MIXING,
  OBJECTIVE,
  seedOf,
  type AnyPlugin,
  type BatchInfo,
  type BuildContext,
  type Metric,
  type MetricBatch,
  type Rng,
  type Stream,
} from '@understory/core';
import { buildContextOf, tinyBackbone } from '@understory/core/testing';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from '../defaultPlugins.ts';
import { LONGEST, turnOf } from '../testing/longestTurn.ts';
import { boxContext, BOX_METHODS, METHODS, teacherFor } from '../testing/methods.ts';
import { shapeOf, variantsOf } from '../testing/variants.ts';

// What plugins do on the event loop while a network trains, at a size that people train at.
const BATCH = 128;
const SIDE = 224;
const SAMPLES = 50_000;

const registry = createRegistry(defaultPlugins);
const pluginsOf = (kind: string): AnyPlugin[] => defaultPlugins.filter(({ token }) => token.key === kind);
type Case = readonly [name: string, options: object];
const casesOf = (plugin: AnyPlugin, given?: object): Case[] =>
  variantsOf(plugin, given).map((options) => [plugin.name, options]);

/** Options that an augmentation asks for. */
const NEEDED: Readonly<Record<string, object>> = {
  'random-apply': { augmentations: ['color-jitter', 'gaussian-blur', 'rand-augment'] },
};
/** 19 million levels take 0.2 s: the trainer draws large batches some images at a time, as `training.test.ts` measures. */
const isNoise = ([name, options]: Case): boolean => name === 'random-erasing' && 'fill' in options;
const augmentations = pluginsOf('augmentation')
  .flatMap((plugin) => casesOf(plugin, NEEDED[plugin.name]))
  .filter((one) => !isNoise(one));
const mixings = pluginsOf('mixing').flatMap((plugin) => casesOf(plugin));
/** Probabilities [...shape, classes], with labels of the same shape, or a class for each place. */
const manyLabels = (shape: readonly number[], classes: number): MetricBatch => {
  const places = shape.reduce((a, b) => a * b, 1);
  const probabilities = Float32Array.from({ length: places * classes }, (_, i) => ((i * 37) % 101) / 101);
  const labels = Uint8Array.from({ length: places * classes }, (_, i) => Number(i % 7 === 0));
  const mask = Int32Array.from({ length: places }, (_, i) => i % classes);
  return {
    outputs: { probabilities: float32(probabilities, [...shape, classes]) },
    targets: { labels: uint8(labels, [...shape, classes]), mask: int32(mask, [...shape]) },
    count: shape[0] ?? 0,
  };
};
const metrics = pluginsOf('metric').flatMap((plugin) => casesOf(plugin));
const looksAt = (output: string): Case[] =>
  metrics.filter(([name, options]) => registry.make(METRIC, [name, { ...options }]).reads?.includes(output));
const objectives = pluginsOf('objective').flatMap((plugin) => {
  const taught = 'teacher' in shapeOf(plugin);
  const cases = casesOf(plugin, taught ? { teacher: { run: 'runs/teacher' } } : {});
  return cases.filter(([, options]) => !('cache' in options && options.cache === true)); // needs a trainer; only looks up
});

/** The streams that an objective is tried with elsewhere, with a batch of this size. */
const streamsFor = (name: string): readonly Stream[] => {
  const found = METHODS.find(([, specs]) => specs.some((s) => (typeof s === 'string' ? s : s[0]) === name));
  if (!found) throw new Error(`No way to train with the objective "${name}": add one to METHODS.`);
  return found[2].map((stream) => ({ ...stream, batch: BATCH }));
};

/** What an objective builds on: a network of its task, streams that it looks at. */
const contextFor = async (name: string): Promise<BuildContext> => {
  const ofBoxes = BOX_METHODS.find(([objective]) => objective === name);
  if (ofBoxes) return boxContext(registry, ofBoxes[1], BATCH);
  const classes = 5;
  return buildContextOf(tinyBackbone({ classes }), {
    streams: streamsFor(name),
    trainLabels: new Int32Array(SAMPLES).map((_, i) => i % classes),
    twin: () => tinyBackbone({ classes, seed: 5 }),
    teacher: await teacherFor(registry),
  });
};

/** A batch of an evaluation: eight true boxes an image, and a hundred found near them. */
const manyBoxes = (classes: number): MetricBatch => {
  const rng = seedOf(2).rng();
  const box = (extra: (i: number) => number[], i: number): number[] => {
    const [top, left] = [((i * 37) % 8) * 20 + rng.uniform() * 4, ((i * 53) % 8) * 20 + rng.uniform() * 4];
    return [top, left, top + 16 + rng.uniform() * 4, left + 16 + rng.uniform() * 4, i % classes, ...extra(i)];
  };
  const rows = (count: number, extra: (i: number) => number[]): number[] =>
    Array.from({ length: BATCH * count }, (_, i) => box(extra, i % 8)).flat();
  return {
    outputs: {
      detections: float32(
        rows(100, () => [rng.uniform()]),
        [BATCH, 100, 6],
      ),
    },
    targets: {
      boxes: float32(
        rows(8, () => [0, 256]),
        [BATCH, 8, 7],
      ),
      frame: float32(Array.from({ length: BATCH }, () => [0, 0, SIDE, SIDE, SIDE, SIDE]).flat(), [
        BATCH,
        1,
        6,
      ]),
    },
    count: BATCH,
  };
};

/** An epoch of so many batches, with a turn after each, as an evaluation hands them over. */
const measured = async (
  metric: Metric,
  batch: MetricBatch,
  classes: number,
  batches: number,
): Promise<void> => {
  const pass = metric.begin({ classes: Array.from({ length: classes }, (_, c) => `class ${c}`) });
  for (let i = 0; i < batches; i++) {
    pass.add(batch);
    await nextTurn();
  }
  await pass.end();
};

describe.runIf(process.platform === 'linux')('the event loop turns every 50 ms while', () => {
  it.each(augmentations)('%s %j draws for a batch', async (name, options) => {
    const augmentation = registry.make(AUGMENTATION, [name, { ...options }]);
    const rngs = (): Rng[] => Array.from({ length: BATCH }, (_, i) => seedOf(1).at(i).rng());
    expect(await turnOf(() => augmentation.sample(rngs(), [SIDE, SIDE]))).toBeLessThan(LONGEST);
  });

  it.each(mixings)('%s %j draws for a batch', async (name, options) => {
    const mixing = registry.make(MIXING, [name, { ...options }]);
    const rng = seedOf(1).rng();
    expect(await turnOf(() => mixing.sample(rng, BATCH, [SIDE, SIDE]))).toBeLessThan(LONGEST);
  });

  it.each(looksAt('logits'))('%s %j measures an epoch', async (name, options) => {
    const metric = registry.make(METRIC, [name, { ...options }]);
    const [batches, rows, classes] = [20, 500, 100];
    const batch: MetricBatch = {
      outputs: {
        logits: float32(
          Array.from({ length: rows * classes }, (_, i) => i % 97),
          [rows, classes],
        ),
      },
      targets: {
        label: int32(
          Array.from({ length: rows }, (_, i) => i % classes),
          [rows],
        ),
      },
      count: rows,
    };
    expect(await turnOf(() => measured(metric, batch, classes, batches))).toBeLessThan(LONGEST);
  });

  it.each(looksAt('detections'))('%s %j measures boxes of an epoch', async (name, options) => {
    const metric = registry.make(METRIC, [name, { ...options }]);
    const classes = 20;
    const batch = manyBoxes(classes);
    expect(await turnOf(() => measured(metric, batch, classes, 2))).toBeLessThan(LONGEST);
  });

  it.each(looksAt('probabilities'))('%s %j measures labels or pixels', async (name, options) => {
    const metric = registry.make(METRIC, [name, { ...options }]);
    const classes = 20;
    const batch = manyLabels(name === 'multi-label' ? [2000] : [2, 64, 64], classes);
    expect(await turnOf(() => measured(metric, batch, classes, 1))).toBeLessThan(LONGEST);
  });

  it('has a way to measure every metric', () => {
    const tried = ['logits', 'detections', 'probabilities'].flatMap(looksAt);
    expect(tried).toHaveLength(metrics.length);
  });

  it.each(objectives)('%s %j feeds a step', async (name, options) => {
    const objective = registry.make(OBJECTIVE, [name, { ...options }]);
    const context = await contextFor(name);
    const built = await objective.build(context);
    const positions = new Int32Array(BATCH).map((_, i) => (i * 389) % SAMPLES);
    const ofAll = <T>(value: T): Record<string, T> =>
      Object.fromEntries(context.streams.map((stream) => [stream.name, value]));
    const info: BatchInfo = {
      ...{ step: 7, epoch: 0, seed: seedOf(3) },
      ...{ positions: ofAll(positions), targets: ofAll({}) },
    };
    expect(await turnOf(() => built.feed?.(info))).toBeLessThan(LONGEST);
  });
});
