import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  AUGMENTATION,
  runToEnd,
  METRIC,
  prepareTraining,
  type Dataset,
  type Experiment,
  type NdArray,
  type Runner,
  type Samples,
  type Spec,
  type Training,
  classSamples,
  classification,
} from '@understory/core';
import { tinyBackbone } from '@understory/core/testing';
import { createRegistry } from '@understory/registry';
import { checkpointStore, metricsReporter, tensorboardReporter } from '@understory/tracking/node';
import { afterAll, describe, expect, it } from 'vitest';
import { sgd } from '@understory/optimizers';
import { defaultPlugins } from '../defaultPlugins.ts';
import { LONGEST, turnOf } from '../testing/longestTurn.ts';

// What training itself does on the event loop, at a size that people train at. Tracing a step (once for each shape of
// batch) and replaying one that failed hold it up for longer: they are in none of this.
const BATCH = 128;
const SIDE = 224;
const CLASSES = 100;

const registry = createRegistry(defaultPlugins);
const folder = mkdtempSync(path.join(tmpdir(), 'understory-loop-'));
afterAll(() => rmSync(folder, { recursive: true }));

const zeros = (...shape: number[]): NdArray => ({
  ...{ dtype: 'float32', shape },
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
});

/** Computes nothing: what is left is what the trainer does. Steps end in a turn of their own, as those of an engine do. */
const idle = (): Runner => ({
  ...{ mode: 'compiled', description: 'nothing' },
  step: () => ({
    run: async ({ images }) => {
      await setImmediate();
      return images ? { logits: zeros(images.shape[0]!, CLASSES) } : { loss: zeros(), gradientNorm: zeros() };
    },
    dispose: () => undefined,
  }),
  read: (variables) => Promise.resolve(variables.map(({ shape }) => zeros(...shape))),
  write: () => Promise.resolve(),
  dispose: () => undefined,
});

/** Two million weights: a checkpoint has 18 MB. */
const wide = [64, 128, 256, 384];

const samplesOf = (length: number): Samples =>
  classSamples({
    ...{ length, size: [SIDE, SIDE], labels: new Int32Array(length).map((_, i) => i % CLASSES) },
    read: (positions) => Promise.resolve(new Uint8Array(positions.length * SIDE * SIDE * 3)),
    describe: (position) => `image ${position}`,
  });

const experiment = (train: number): Experiment => {
  const dataset: Dataset = {
    ...{ name: 'blank', classes: Array.from({ length: CLASSES }, (_, i) => `class ${i}`) },
    normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
    ...{ train: samplesOf(train), validation: samplesOf(1280), test: samplesOf(0), leftOut: [] },
  };
  const view = ['rand-augment', 'color-jitter', 'random-resized-crop', 'flip'];
  const noise: Spec = ['random-erasing', { fill: 'noise', p: 1 }];
  const views = [[...view, noise], view].map((specs) =>
    specs.map((spec: Spec) => registry.make(AUGMENTATION, spec)),
  );
  return {
    ...{
      name: 'idle',
      seed: 1,
      epochs: 2,
      dataset,
      lastBatch: 'drop',
      objectives: [],
      selectOn: 'validation',
    },
    streams: [{ name: 'train', samples: dataset.train, batch: BATCH, views, labelled: true }],
    task: classification,
    backbone: () => tinyBackbone({ classes: CLASSES, size: SIDE, planes: wide }),
    optimizer: sgd({ momentum: 0.9 }),
    schedule: () => () => 0.1,
    metrics: ['accuracy', 'calibration', 'nll'].map((name) => registry.make(METRIC, name)),
    teacher: () => Promise.reject(new Error('There is no teacher.')),
  };
};

describe.runIf(process.platform === 'linux')('the event loop turns every 50 ms while', () => {
  it.each([
    ['batches are assembled', 50_000, 6],
    ['epochs end, with metrics and checkpoints', 2 * BATCH, Infinity],
  ])('%s', async (_, train, steps) => {
    const at = path.join(folder, `${train}`);
    const prepare = async (): Promise<{ training: Training; stop: AbortController }> => {
      const stop = new AbortController();
      const options = { runner: idle(), store: checkpointStore(at), signal: stop.signal };
      return { training: await prepareTraining(experiment(train), options), stop };
    };
    const work = async ({ training, stop }: { training: Training; stop: AbortController }): Promise<void> => {
      const stopping = {
        report: (event: { type: string; step: number }) => {
          if (event.type === 'step' && event.step === steps) stop.abort();
        },
      };
      const files = [
        metricsReporter({ file: path.join(at, 'metrics.jsonl') }),
        tensorboardReporter({ folder: at }),
      ];
      await runToEnd(training, [...files, stopping]);
      training.dispose();
    };
    expect(await turnOf(work, prepare)).toBeLessThan(LONGEST);
  });
});
