import { clipByValue, mul, neg, reshape, type Tensor4D } from '@tensorflow/tfjs-core';
import { float32 } from '../contracts/arrays.ts';
import type { Augmentation } from '../contracts/augmentation.ts';
import type { BackboneFactory } from '../contracts/backbone.ts';
import type { Dataset, Samples } from '../contracts/dataset.ts';
import type { StepEvent } from '../contracts/events.ts';
import type { Network, Objective, Stream } from '../contracts/objective.ts';
import type { Transform } from '../contracts/optimizer.ts';
import type { Runner } from '../contracts/runner.ts';
import { classSamples } from '../data/targets.ts';
import { classification } from '../tasks/classification.ts';
import { eagerRunner } from '../training/eagerRunner.ts';
import type { Experiment, StreamSource } from '../contracts/experiment.ts';
import { prepareTraining, type Training } from '../training/train.ts';
import { streamOf } from './contextOf.ts';
import { tinyBackbone } from './tinyBackbone.ts';

/** Colourful noise with a patch whose place tells the class. */
export const samplesOf = (length: number, size: number, classes: number): Samples => {
  const labels = Int32Array.from({ length }, (_, i) => i % classes);
  const pixel = (position: number, i: number): number => {
    const noise = (Math.imul(position * 7919 + i * 104729 + 1, 0x9e3779b1) >>> 16) % 128;
    return Math.floor(i / (size * 3)) % classes === labels[position] ? noise + 127 : noise;
  };
  return classSamples({
    length,
    size: [size, size],
    labels,
    read: (positions) => {
      const count = size * size * 3;
      const pixels = Array.from(positions).flatMap((p) =>
        Array.from({ length: count }, (_, i) => pixel(p, i)),
      );
      return Promise.resolve(Uint8Array.from(pixels));
    },
    describe: (position) => `sample ${position}`,
  });
};

/** Makes an image darker or lighter: the least that tells two views apart. */
const brightness: Augmentation = {
  name: 'brightness',
  sample: (streams) => ({
    factor: float32(
      streams.map((rng) => 0.7 + 0.6 * rng.uniform()),
      [streams.length],
    ),
  }),
  apply: (images, { factor }): Tensor4D => clipByValue(mul(images, reshape(factor!, [-1, 1, 1, 1])), 0, 255),
};

const plainSgd: Transform = {
  init: () => ({}),
  update: (gradients, state, { rate }) => ({
    updates: Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, mul(g, neg(rate))])),
    state: { ...state },
  }),
};

export interface TrainOptions {
  readonly steps?: number;
  readonly streams?: readonly Stream[];
  readonly teacher?: () => Network;
  readonly runner?: Runner;
  readonly rate?: number;
  /** Side of the images in pixels; 8 by default. */
  readonly size?: number;
  /** How many images there are; 20 by default. */
  readonly images?: number;
  /** `tinyBackbone` by default. */
  readonly backbone?: BackboneFactory;
}

const CLASSES = 5;

const tiny: BackboneFactory = ({ classes, size: [side], seed }) =>
  tinyBackbone({ classes, size: side, seed: seed.value });

/** A run of a few steps of `tinyBackbone` on made-up images, by the trainer itself. */
export const tinyExperiment = (
  objectives: readonly Objective[],
  options: Omit<TrainOptions, 'runner'> = {},
): Experiment => {
  const { steps = 3, streams = [streamOf()], teacher, rate = 0.05, size = 8 } = options;
  const { backbone = tiny, images = 20 } = options;
  const samples = samplesOf(images, size, CLASSES);
  const dataset: Dataset = {
    name: 'made-up',
    classes: Array.from({ length: CLASSES }, (_, i) => `class ${i}`),
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    train: samples,
    validation: samplesOf(0, size, CLASSES),
    test: samplesOf(0, size, CLASSES),
    leftOut: [],
  };
  const sources = streams.map(({ name, batch, views, labelled }): StreamSource => {
    return { name, batch, labelled, samples, views: Array.from({ length: views }, () => [brightness]) };
  });
  return {
    name: 'tiny',
    seed: 1,
    epochs: Math.ceil((steps * streams[0]!.batch) / samples.length),
    dataset,
    streams: sources as [StreamSource, ...StreamSource[]],
    lastBatch: 'drop',
    task: classification,
    backbone,
    objectives,
    optimizer: plainSgd,
    schedule: () => () => rate,
    metrics: [],
    selectOn: 'validation',
    teacher: () => (teacher ? Promise.resolve(teacher()) : Promise.reject(new Error('There is no teacher.'))),
  };
};

/** Trains so many steps and gives what each one told, and the trained network; the caller disposes of it. */
export const trainSteps = async (
  objectives: readonly Objective[],
  { runner = eagerRunner(), ...options }: TrainOptions = {},
): Promise<{ readonly events: readonly StepEvent[]; readonly training: Training }> => {
  const { steps = 3 } = options;
  const training = await prepareTraining(tinyExperiment(objectives, options), { runner });
  const events: StepEvent[] = [];
  for await (const event of training.events()) {
    if (event.type === 'step') events.push(event);
    if (events.length === steps) break;
  }
  return { events, training };
};
