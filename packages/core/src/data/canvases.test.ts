import { mean } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Samples } from '../contracts/dataset.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Objective } from '../contracts/objective.ts';
import { seedOf } from '../random.ts';
import { classLoss, streamOf, tinyExperiment } from '../testing/index.ts';
import { eagerRunner } from '../training/eagerRunner.ts';
import { infer } from '../training/evaluate.ts';
import { prepareTraining } from '../training/train.ts';
import { assemble } from './batches.ts';
import { orders } from './orders.ts';
import { batchByCanvas, canvasOf, readImages } from './canvases.ts';
import { classSamples, pickSamples } from './targets.ts';

type Size = readonly [number, number];
const WHOLE: Size = [12, 12];
const SIZES: readonly Size[] = [
  [8, 12],
  [12, 8],
];

/** Pixels of one number each, its position, on a canvas of any size. */
const pixels = (positions: ArrayLike<number>, [height, width]: Size): Uint8Array =>
  Uint8Array.from(Array.from(positions).flatMap((p) => Array<number>(height * width * 3).fill(p)));

const onOneCanvas = (length: number): Samples =>
  classSamples({
    length,
    size: WHOLE,
    labels: Int32Array.from({ length }, (_, i) => i % 5),
    read: (positions) => Promise.resolve(pixels(positions, WHOLE)),
    describe: (position) => `sample ${position}`,
  });

/** Samples of which those at a position ≡ 2 (mod 3) stand upright. */
const samplesOf = (length: number): Samples => ({
  ...onOneCanvas(length),
  canvases: {
    sizes: SIZES,
    of: Uint8Array.from({ length }, (_, i) => (i % 3 === 2 ? 1 : 0)),
    read: (positions, size) => Promise.resolve(pixels(positions, size)),
  },
});

const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);
const isUpright = (position: number): boolean => position % 3 === 2;
const isOfOneKind = (batch: Int32Array): boolean => new Set(Array.from(batch, isUpright)).size === 1;

const objective: Objective = {
  name: 'task',
  build: () => ({
    modules: {},
    terms: (step) => ({ terms: { ce: { value: classLoss(step), weight: 1 } } }),
  }),
};

const experimentOf = (samples: Samples, batch: number, lastBatch: 'keep' | 'drop' = 'keep'): Experiment => {
  const made = tinyExperiment([objective], { streams: [streamOf({ views: 1 })] });
  const [stream] = made.streams;
  const dataset = { ...made.dataset, train: samples };
  return { ...made, epochs: 2, dataset, lastBatch, streams: [{ ...stream, samples, batch }] };
};

describe('an order by canvas', () => {
  it('has all samples once, in batches of one canvas, and mixed ones at the end at most', () => {
    for (const [length, batch] of [
      [20, 4],
      [31, 4],
      [9, 8],
      [5, 8],
      [16, 1],
    ] as const)
      // prettier-ignore
      for (let seed = 0; seed < 5; seed++) {
        const samples = samplesOf(length);
        const { positions } = orders(experimentOf(samples, length), seedOf(seed))[0]!.at(0);
        const order = batchByCanvas(samples, positions, batch);
        expect(sorted(order)).toEqual([...Array(length).keys()]);
        const full = [isUpright, (p: number) => !isUpright(p)].map((kind) =>
          Math.floor(sorted(order).filter(kind).length / batch),
        );
        const batches = Array.from({ length: full[0]! + full[1]! }, (_, i) =>
          order.slice(i * batch, (i + 1) * batch),
        );
        expect(batches.every(isOfOneKind)).toBe(true);
      }
  });

  it('is the order itself where samples have one canvas', () => {
    const order = Int32Array.of(3, 1, 2, 0);
    expect(batchByCanvas(onOneCanvas(9), order, 2)).toBe(order);
  });

  it('keeps the steps of an epoch, and is the same from whichever step it is asked', () => {
    const experiment = experimentOf(samplesOf(22), 4);
    const order = orders(experiment, seedOf(1))[0]!;
    const epochs = [0, 1].map((epoch) =>
      Array.from({ length: 6 }, (_, i) => order.at(6 * epoch + i).positions),
    );
    for (const steps of epochs) expect(sorted(steps.flatMap((s) => [...s]))).toEqual([...Array(22).keys()]);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(orders(experiment, seedOf(1))[0]!.at(8).positions).toEqual(epochs[1]?.[2]);
  });

  it('counts how often a sample came before, where a sampler repeats it', () => {
    const sampler = (): Int32Array => Int32Array.from([0, 2, 0, 2, 0, 2, 1, 5, 0]);
    const order = orders({ ...experimentOf(samplesOf(9), 3), sampler }, seedOf(1))[0]!;
    const seen = [0, 1, 2].map((step) => order.at(step));
    expect(seen.map(({ positions }) => [...positions])).toEqual([[0, 0, 0], [2, 2, 2], [1, 0, 5]]); // prettier-ignore
    expect(seen.map(({ repeats }) => [...repeats!])).toEqual([[0, 1, 2], [0, 1, 2], [0, 3, 0]]); // prettier-ignore
  });
});

describe('images on their canvas', () => {
  it('come on the smallest one that holds them, also from a part of the samples', async () => {
    const samples = samplesOf(9);
    expect([[0, 1], [2, 5], [0, 2], []].map((some) => canvasOf(samples, some))).toEqual([...SIZES, WHOLE, WHOLE]); // prettier-ignore
    const part = pickSamples(samples, Int32Array.of(8, 3, 5));
    const images = await readImages(part, [2, 0]);
    expect(images.shape).toEqual([2, 12, 8, 3]);
    expect([images.data[0], images.data.at(-1)]).toEqual([5, 8]);
  });

  it('make the inputs of a step, whose views are drawn for their size; several streams share the largest', async () => {
    const experiment = experimentOf(samplesOf(20), 4);
    const request = { step: 0, steps: 5, epoch: 0, rate: 0.1, stepsPerEpoch: 5 };
    const shapeIn = async (one: Experiment): Promise<readonly number[]> =>
      (await assemble(one, [], orders(one, seedOf(1)), request))['train/images']!.shape;
    expect(SIZES.map(([h, w]) => [4, h, w, 3])).toContainEqual(await shapeIn(experiment));
    const [stream] = experiment.streams;
    const two = { ...experiment, streams: [stream, { ...stream, name: 'other' }] as const };
    expect(await shapeIn(two)).toEqual([4, ...WHOLE, 3]);
  });

  it('are looked at batch by batch, and what is made of them comes in the order that was asked for', async () => {
    const step = eagerRunner().step('mean', ({ images }) => ({ mean: mean(images!, [1, 2, 3]) }));
    const samples = samplesOf(11);
    const done: number[] = [];
    const options = { batch: 3, outputs: ['mean'], onBatch: (n: number) => done.push(n) };
    const all = await infer(step, samples, options);
    expect([...all['mean']!.data]).toEqual([...Array(11).keys()]);
    expect(done.at(-1)).toBe(11);
    const some = await infer(step, samples, { ...options, positions: [5, 0, 5, 2, 1] });
    expect([...some['mean']!.data]).toEqual([5, 0, 5, 2, 1]);
  });

  it('train a network on one canvas after the other', async () => {
    const training = await prepareTraining(experimentOf(samplesOf(20), 4), { runner: eagerRunner() });
    let steps = 0;
    for await (const event of training.events())
      if (event.type === 'step') {
        steps++;
        expect(event.loss).toBeGreaterThan(0);
      }
    training.dispose();
    expect(steps).toBe(10);
  });

  it('are refused where a view cannot work on one of them', async () => {
    const experiment = experimentOf(samplesOf(20), 4);
    const [stream] = experiment.streams;
    const half = {
      name: 'half',
      outputSize: ([h, w]: Size): Size => [h / 2, w],
      sample: () => ({}),
      apply: <T>(x: T) => x,
    };
    const views = [[half], []];
    await expect(
      prepareTraining({ ...experiment, streams: [{ ...stream, views }] }, { runner: eagerRunner() }),
    ).rejects.toThrow(/View 1 of the stream "train" makes pictures of 6×12/);
  });
});
