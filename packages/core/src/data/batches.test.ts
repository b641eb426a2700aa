import { describe, expect, it } from 'vitest';
import type { NdArray } from '../contracts/arrays.ts';
import type { EpochOrder } from '../contracts/sampler.ts';
import { permutation, seedOf } from '../random.ts';
import { memoryStore, streamOf, classLoss, tinyExperiment } from '../testing/index.ts';
import { assemble } from './batches.ts';
import { orders } from './orders.ts';
import { readCheckpoint } from '../training/checkpoint.ts';
import { eagerRunner } from '../training/eagerRunner.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { prepareTraining } from '../training/train.ts';

const tiny = tinyExperiment([], { streams: [streamOf({ views: 2 })] }); // 20 images, 5 steps an epoch
/** Images of class 0 alone, each five times. */
const zeros: EpochOrder = (seed) => permutation(20, seed.rng()).map((i) => 5 * (i % 4));
const positions = (experiment: Experiment, step: number): number[] => [
  ...orders(experiment, seedOf(1))[0]!.at(step).positions,
];

describe('a stream that goes round', () => {
  it('draws anew for an image that comes again, in the same batch or the next', async () => {
    // Batches of 30 of 20 images.
    const both = tinyExperiment([], { streams: [streamOf(), streamOf({ name: 'few', batch: 30 })] });
    const ordered = orders(both, seedOf(1));
    const draws = async (step: number): Promise<string[]> => {
      const request = { step, steps: 10, epoch: 0, rate: 0.1, stepsPerEpoch: 5 };
      const made: Record<string, NdArray> = await assemble(both, [], ordered, request);
      const factors = made['few/view0/0/factor']!.data;
      return Array.from(made['few/positions']!.data, (position, i) => `${position}: ${factors[i]}`);
    };
    const all = [...(await draws(0)), ...(await draws(1)), ...(await draws(2))];
    expect(all).toHaveLength(90);
    expect(new Set(all).size).toBe(90);
    expect(await draws(1)).toEqual(all.slice(30, 60));
  });
});

describe('a sampler', () => {
  it('is a shuffle of all images where there is none', () => {
    const order = [...permutation(20, seedOf(1).at('order', 'train', 1).rng())];
    expect(positions(tiny, 6)).toEqual(order.slice(4, 8));
    expect(positions({ ...tiny, sampler: (seed) => permutation(20, seed.rng()) }, 6)).toEqual(
      order.slice(4, 8),
    );
  });

  it('chooses the images of every step of an epoch, whichever step comes first', () => {
    const sampled = { ...tiny, sampler: zeros };
    const order = orders(sampled, seedOf(1))[0]!;
    const forth = Array.from({ length: 10 }, (_, step) => [...order.at(step).positions]);
    expect(forth.flat().every((p) => p % 5 === 0)).toBe(true);
    expect(forth.slice(0, 5).flat()).not.toEqual(forth.slice(5).flat());
    for (const step of [9, 3, 0]) expect(positions(sampled, step)).toEqual(forth[step]);
  });

  it('lets an image that comes again look different', async () => {
    const sampled: Experiment = { ...tiny, sampler: () => new Int32Array(20).fill(5) };
    const ordered = orders(sampled, seedOf(1));
    const factors = async (step: number): Promise<number[]> => {
      const request = { step, steps: 10, epoch: 0, rate: 0.1, stepsPerEpoch: 5 };
      const made: Record<string, NdArray> = await assemble(sampled, [], ordered, request);
      return [...made['train/view0/0/factor']!.data];
    };
    const all = [...(await factors(0)), ...(await factors(1))];
    expect(new Set(all).size).toBe(8);
    expect(await factors(1)).toEqual(all.slice(4));
  });

  it('has to keep the number of images, and to name ones that there are', () => {
    for (const [sampler, message] of [
      [() => new Int32Array(19), /19 positions for an epoch of 20 images/],
      [() => new Int32Array(20).fill(20), /position 20 for an epoch of 20/],
    ] as const)
      expect(() => positions({ ...tiny, sampler }, 0)).toThrow(message);
  });

  it('lets a run go on to the same bits', async () => {
    const objective: Experiment['objectives'][number] = {
      name: 'task',
      build: () => ({
        modules: {},
        terms: (step) => ({ terms: { ce: { value: classLoss(step), weight: 1 } } }),
      }),
    };
    const experiment = {
      ...tinyExperiment([objective], { streams: [streamOf({ views: 1 })] }),
      epochs: 2,
      sampler: zeros,
    };
    const train = async (
      store: ReturnType<typeof memoryStore>,
      stopAt: number,
      resume: boolean,
    ): Promise<void> => {
      const stop = new AbortController();
      const training = await prepareTraining(experiment, {
        runner: eagerRunner(),
        store,
        resume,
        signal: stop.signal,
      });
      for await (const event of training.events())
        if (event.type === 'step' && event.step === stopAt) stop.abort();
      training.dispose();
    };
    const [whole, parts] = [memoryStore(), memoryStore()];
    await train(whole, Infinity, false);
    await train(parts, 6, false);
    await train(parts, Infinity, true);
    const last = (store: typeof whole) => readCheckpoint(store.files.get('last')!, 'last');
    expect(last(parts).progress.step).toBe(10);
    expect(last(parts).tensors).toEqual(last(whole).tensors);
  });
});
