import {
  alone,
  eagerRunner,
  OBJECTIVE,
  prepareTraining,
  type CheckpointStore,
  type Experiment,
  type Runner,
} from '@understory/core';
import { memoryStore, streamOf, tinyExperiment } from '@understory/core/testing';
import { compiledRunner, freePorts } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);
const BATCH = 6;
const IMAGES = 20;
/** Steps of an epoch: three whole batches and one of two images. */
const STEPS = 4;

/** The positions of which images are read, batch by batch. */
type Reads = number[][];

/** Two epochs; whoever trains it notes what it reads. */
const noting = (reads: Reads): Experiment => {
  const objective = registry.make(OBJECTIVE, 'cross-entropy');
  const made = tinyExperiment([objective], { steps: 2 * STEPS, streams: [streamOf({ batch: BATCH })] });
  const [first] = made.streams;
  const read: typeof first.samples.read = (positions, ...rest) => {
    reads.push(Array.from(positions));
    return first.samples.read(positions, ...rest);
  };
  return {
    ...made,
    ...{ epochs: 2, lastBatch: 'keep', syncBatchNorm: true },
    streams: [{ ...first, samples: { ...first.samples, read } }],
  };
};

interface Part {
  readonly from: number;
  readonly to: number;
  readonly losses: readonly number[];
  readonly reads: Reads;
}

/** Goes on from the last checkpoint and stops after so many steps, or at the end. */
const trainPart = async (runner: Runner, store: CheckpointStore, steps: number): Promise<Part> => {
  const reads: Reads = [];
  const stop = new AbortController();
  const training = await prepareTraining(noting(reads), {
    ...{ runner, store, resume: true, signal: stop.signal },
  });
  const { step: from } = training;
  const { size } = runner.workers ?? alone;
  const last = size > 1 ? steps - 1 : steps; // workers hear of it in the next step
  const losses: number[] = [];
  for await (const event of training.events()) {
    if (event.type === 'step') losses.push(event.loss);
    if (losses.length === last) stop.abort();
  }
  training.dispose();
  runner.dispose();
  return { ...{ losses, reads, from }, to: from + losses.length };
};

const trainBy = async (
  workers: number,
  store: CheckpointStore,
  steps = Infinity,
): Promise<readonly Part[]> => {
  if (workers === 1) return [await trainPart(eagerRunner(), store, steps)];
  const addresses = (await freePorts(workers)).map((port) => `127.0.0.1:${port}`);
  const runners = addresses.map((_, rank) => compiledRunner({ cluster: { addresses, rank, patience: 60 } }));
  return Promise.all(runners.map((runner) => trainPart(runner, store, steps)));
};

/** What all workers read in each step of a part, in the order of ranks, without what only fills a share up. */
const shown = (parts: readonly Part[]): number[][] => {
  const { from, to } = parts[0]!;
  return Array.from({ length: to - from }, (_, i) => {
    const count = Math.min(BATCH, IMAGES - ((from + i) % STEPS) * BATCH);
    return parts.flatMap(({ reads }) => reads[i]!).slice(0, count);
  });
};

it('workers that leave and join between steps and epochs go on at the same images, each once an epoch', async () => {
  const [single] = await trainBy(1, memoryStore());
  expect([...single!.reads.slice(0, STEPS).flat()].sort((a, b) => a - b)).toEqual(
    Array.from({ length: IMAGES }, (_, i) => i),
  );
  const store = memoryStore();
  const parts = [await trainBy(2, store, 2), await trainBy(1, store, 1), await trainBy(3, store)];
  expect(parts.map(([first]) => [first!.from, first!.to])).toEqual([
    [0, 2],
    [2, 3],
    [3, 2 * STEPS],
  ]);
  expect(parts.flatMap(shown)).toEqual(single!.reads);
  const losses = parts.flatMap(([first]) => first!.losses);
  losses.forEach((loss, i) => expect(loss).toBeCloseTo(single!.losses[i]!, 4));
});
