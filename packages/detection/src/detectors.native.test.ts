import { memory } from '@tensorflow/tfjs-core';
import {
  BOXES,
  DETECTIONS,
  eagerRunner,
  float32,
  prepareTraining,
  uint8,
  type Samples,
  type Training,
} from '@understory/core';
import { memoryStore } from '@understory/core/testing';
import { compiledRunner, loadEngine } from '@understory/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { DETECTORS, experimentOf, losses, trained } from './testing/detectorRuns.test.support.ts';
import { squaresDataset } from './testing/squares.test.support.ts';

beforeAll(() => loadEngine());

/** Rows [top, left, bottom, right, class, probability] of an image, and its true boxes. */
const toldOf = async (training: Training, samples: Samples, position: number) => {
  const images = uint8(await samples.read([position]), [1, ...samples.size, 3]);
  const { [DETECTIONS]: said } = await training.inference.run({ images });
  const { [BOXES]: truth } = await samples.readTargets([position]);
  const rows = (data: ArrayLike<number>, width: number): number[][] =>
    Array.from({ length: data.length / width }, (_, i) => Array.from(data).slice(i * width, (i + 1) * width));
  return {
    said: rows(said?.data ?? [], 6),
    truth: rows(truth?.data ?? [], 7).filter(([top = 0, , bottom = 0]) => bottom > top),
  };
};

const overlap = (a: readonly number[], b: readonly number[]): number => {
  const [t1 = 0, l1 = 0, b1 = 0, r1 = 0] = a;
  const [t2 = 0, l2 = 0, b2 = 0, r2 = 0] = b;
  const both =
    Math.max(0, Math.min(b1, b2) - Math.max(t1, t2)) * Math.max(0, Math.min(r1, r2) - Math.max(l1, l2));
  return both / ((b1 - t1) * (r1 - l1) + (b2 - t2) * (r2 - l2) - both);
};

describe.each(Object.entries(DETECTORS))('%s', (_, detector) => {
  it('learns the same op by op and compiled, and leaves nothing behind', async () => {
    // A step that hardly moves: RMSProp makes much of what rounding does to small gradients.
    const experiment = experimentOf(detector, { schedule: () => () => 1e-6 });
    const eager = await trained(experiment, eagerRunner(), 2);
    const before = memory().numTensors;
    const runner = compiledRunner({});
    const compiled = await trained(experiment, runner, 2);
    runner.dispose();
    expect(memory().numTensors).toBe(before);
    eager.forEach((loss, i) => expect(compiled[i]! / loss).toBeCloseTo(1, 4));
  });
});

const DEFAULTS = Object.entries(DETECTORS).filter(([name]) => !name.includes(','));

describe.each(DEFAULTS)('%s, as it is by default', (_, detector) => {
  it('goes on to the same bits in the middle of an epoch', async () => {
    const experiment = experimentOf(detector);
    const store = memoryStore();
    const options = { store, checkpointEvery: 1 };
    const [first, second, whole] = [compiledRunner({}), compiledRunner({}), compiledRunner({})];
    const begun = await prepareTraining(experiment, { runner: first, ...options });
    await losses(begun, 4);
    begun.dispose();
    const resumed = await prepareTraining(experiment, { runner: second, ...options, resume: true });
    expect(resumed.step).toBe(3); // the step in flight was not kept
    const rest = await losses(resumed, 3);
    resumed.dispose();
    expect(rest).toEqual((await trained(experiment, whole, 6)).slice(3));
    [first, second, whole].forEach((runner) => runner.dispose());
  });

  it('learns nothing but background where no image has a box, and stays finite', async () => {
    const dataset = squaresDataset();
    const empty: Samples = {
      ...dataset.train,
      readTargets: async (positions) => {
        const targets = await dataset.train.readTargets(positions);
        const { shape, data } = targets[BOXES]!;
        return { ...targets, [BOXES]: float32(new Float32Array(data.length), shape) };
      },
    };
    const runner = compiledRunner({});
    const streams = [{ name: 'train', samples: empty, batch: 8, views: [[]], labelled: true }] as const;
    const seen = await trained(experimentOf(detector, { streams }), runner, 3);
    runner.dispose();
    expect(seen.every(Number.isFinite)).toBe(true);
    expect(seen.at(-1)!).toBeLessThan(seen[0]!);
  });

  it('finds rectangles of images that it has not seen', async () => {
    const runner = compiledRunner({});
    const experiment = experimentOf(detector, { dataset: squaresDataset(128), epochs: 10 });
    const [stream] = experiment.streams;
    const streams = [{ ...stream, samples: experiment.dataset.train }] as const;
    const training = await prepareTraining({ ...experiment, streams }, { runner });
    await losses(training, Infinity);
    let [found, all] = [0, 0];
    for (let position = 0; position < 8; position++) {
      const { said, truth } = await toldOf(training, experiment.dataset.test, position);
      all += truth.length;
      found += truth.filter((box) =>
        said.some((row) => row[4] === box[4] && row[5]! > 0.15 && overlap(row, box) > 0.5),
      ).length;
    }
    training.dispose();
    runner.dispose();
    // An untrained one finds none; so short a training finds 5 to 15 of 16, by the seed and the processor.
    expect(found / all).toBeGreaterThan(0.2);
  });
});
