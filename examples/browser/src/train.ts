import { memory } from '@tensorflow/tfjs-core';
import { colorJitter, crop, flip, grayscale } from '@understory/augmentations';
import { resnet } from '@understory/backbones';
import {
  classification,
  classSamples,
  eagerRunner,
  prepareTraining,
  type Dataset,
  type Experiment,
  type Samples,
} from '@understory/core';
import { crossEntropy as crossEntropyLoss, supCon } from '@understory/losses';
import { sgd } from '@understory/optimizers';
import { contrastiveDeepSupervision, crossEntropy, sepConv } from '@understory/supervision';
import type { Manifest } from './shared.ts';

/** A step of the run, as the page draws it. */
export interface Told {
  readonly step: number;
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  /** Tensors alive after the step: they must not grow. */
  readonly tensors: number;
}

const samplesOf = (manifest: Manifest, pixels: Uint8Array, positions: readonly number[]): Samples => {
  const each = manifest.size[0] * manifest.size[1] * 3;
  const drawingAt = (i: number) => positions[i] ?? 0;
  return classSamples({
    length: positions.length,
    size: manifest.size,
    labels: Int32Array.from(positions, (at) => manifest.drawings[at]?.label ?? 0),
    read: (asked) => {
      const out = new Uint8Array(asked.length * each);
      Array.from(asked).forEach((i, k) =>
        out.set(pixels.subarray(drawingAt(i) * each, (drawingAt(i) + 1) * each), k * each),
      );
      return Promise.resolve(out);
    },
    describe: (i) => manifest.drawings[drawingAt(i)]?.name ?? '',
  });
};

const experimentOf = (manifest: Manifest, pixels: Uint8Array, batch: number): Experiment => {
  const train = samplesOf(manifest, pixels, [...manifest.drawings.keys()]);
  const none = samplesOf(manifest, pixels, []);
  const { classes, normalization } = manifest;
  const dataset: Dataset = {
    ...{ name: 'drawings', classes, train, validation: none, test: none, leftOut: [] },
    normalization,
  };
  const plain = [crop({ pad: 2 }), flip()];
  const jittered = [...plain, colorJitter({ p: 0.8 }), grayscale({ p: 0.2 })];
  return {
    ...{
      name: 'page',
      seed: 0,
      epochs: 1000,
      dataset,
      lastBatch: 'drop',
      selectOn: 'validation',
      metrics: [],
    },
    streams: [{ name: 'train', samples: train, batch, views: [plain, jittered], labelled: true }],
    task: classification,
    backbone: (request) => resnet({ variant: 'resnet18', width: 0.0625, ...request }),
    objectives: [
      crossEntropy({ loss: crossEntropyLoss() }),
      contrastiveDeepSupervision({ loss: supCon(), head: sepConv(), weight: 0.6 }),
    ],
    optimizer: sgd({ momentum: 0.9 }),
    schedule: () => () => 0.02,
    teacher: () => Promise.reject(new Error('There is no teacher.')),
  };
};

/** Trains a small network on the drawings, in this page, by the trainer that Node has: one `Told` a step, until it is stopped. */
export async function* train(
  manifest: Manifest,
  pixels: Uint8Array,
  { batch = 16, signal }: { readonly batch?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<Told> {
  const training = await prepareTraining(experimentOf(manifest, pixels, batch), {
    runner: eagerRunner(),
    ...(signal && { signal }),
  });
  try {
    for await (const event of training.events()) {
      if (event.type !== 'step') continue;
      const { step, loss, terms } = event;
      yield { step, loss, terms, tensors: memory().numTensors };
      await new Promise((next) => setTimeout(next)); // the page draws in between
    }
  } finally {
    training.dispose();
  }
}
