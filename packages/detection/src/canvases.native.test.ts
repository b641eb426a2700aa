import {
  byName,
  canvasOf,
  DETECTIONS,
  eagerRunner,
  infer,
  prepareTraining,
  type Experiment,
  type NdArray,
  type Training,
} from '@understory/core';
import { memoryStore } from '@understory/core/testing';
import { resnet, shufflenet } from '@understory/backbones';
import { compiledRunner, loadEngine } from '@understory/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { detectorsOf, experimentOf, losses } from './testing/detectorRuns.test.support.ts';
import { SIZE, squaresDataset } from './testing/squares.test.support.ts';

beforeAll(() => loadEngine());

/** What a network says of the test images, looked at so many at a time. */
const told = async ({ inference }: Training, experiment: Experiment, batch: number): Promise<NdArray> => {
  const said = await infer(inference, experiment.dataset.test, { outputs: [DETECTIONS], batch });
  return byName(said, DETECTIONS);
};

/** What it says after three steps. */
const detections = async (experiment: Experiment): Promise<NdArray['data']> => {
  const runner = compiledRunner({});
  const training = await prepareTraining(experiment, { runner });
  await losses(training, 3);
  const { data } = await told(training, experiment, 6);
  training.dispose();
  runner.dispose();
  return data;
};

const near = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? NaN))));

// So that detectors say something after a few steps.
const DETECTORS = Object.entries(detectorsOf({ least: 0.001 }));

const isAny = (rows: NdArray['data']): boolean => rows.some((value) => value > 0);

describe.each(DETECTORS.map(([name, detector], i) => ({ name, detector, stands: i % 2 === 1 })))(
  '$name on canvases, all of whose pictures are on one (stand: $stands)',
  ({ detector, stands }) => {
    it('learns and says what a network of that size alone does', async () => {
      const size = stands ? ([SIZE[1], SIZE[0]] as const) : SIZE;
      const [alone, both] = [
        squaresDataset(16, 6, { size }),
        squaresDataset(16, 6, { upright: () => stands }),
      ];
      expect(canvasOf(both.train, [0])).toEqual(size);
      expect(both.train.size).not.toEqual(size);
      const one = await detections(experimentOf(detector, { dataset: alone }));
      const other = await detections(experimentOf(detector, { dataset: both }));
      expect(isAny(one)).toBe(true);
      expect(other).toEqual(one);
    });
  },
);

describe('a detector whose backbone', () => {
  const build = async (backbone: Experiment['backbone']): Promise<void> => {
    const experiment = experimentOf(detectorsOf()['retinanet']!, {
      dataset: squaresDataset(8, 0, { upright: (position) => position > 3 }),
    });
    (await prepareTraining({ ...experiment, backbone }, { runner: eagerRunner() })).dispose();
  };
  const narrow = { width: 0.25, blank: true } as const;

  it('was built for one size alone is refused on two canvases, before the first step', async () => {
    await expect(
      build((request) => shufflenet({ variant: 'shufflenetv2-x0.5', ...request, ...narrow, seed: 1 })),
    ).rejects.toThrow(/built for images of 96×96 pixels and cannot look at those of 64×96/);
  });

  it('has grouped convolutions is not', async () => {
    await build((request) =>
      resnet({ variant: 'resnext50', stem: 'imagenet', ...request, ...narrow, seed: 1 }),
    );
  });
});

describe.each(DETECTORS.filter(([name]) => !name.includes(',')))('%s on two canvases', (_, detector) => {
  it('goes on to the same bits in the middle of an epoch, and says of images what it says of each alone', async () => {
    const dataset = squaresDataset(20, 6, { upright: (position) => position % 3 === 2 });
    const experiment = experimentOf(detector, { dataset, lastBatch: 'keep' });
    const [store, wholeStore] = [memoryStore(), memoryStore()];
    const [first, second, third] = [compiledRunner({}), compiledRunner({}), compiledRunner({})];
    const begun = await prepareTraining(experiment, { runner: first, store, checkpointEvery: 1 });
    await losses(begun, 3);
    begun.dispose();
    const resumed = await prepareTraining(experiment, { runner: second, store, resume: true });
    expect(resumed.step).toBe(2); // the step in flight was not kept
    const rest = await losses(resumed, Infinity);
    const whole = await prepareTraining(experiment, { runner: third, store: wholeStore });
    expect(rest).toEqual((await losses(whole, Infinity)).slice(2));
    const [batched, alone] = [await told(whole, experiment, 4), await told(whole, experiment, 1)];
    expect(isAny(batched.data)).toBe(true);
    expect(near(batched.data, alone.data)).toBeLessThan(1e-3);
    [resumed, whole].forEach((training) => training.dispose());
    [first, second, third].forEach((runner) => runner.dispose());
  });
});
