import { add, memory, mul, tensor, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Augmentation, SpatialTarget, View } from '../contracts/augmentation.ts';
import type { Objective } from '../contracts/objective.ts';
import type { Samples } from '../contracts/dataset.ts';
import { classLoss, streamOf, tinyExperiment } from '../testing/index.ts';
import { eagerRunner } from '../training/eagerRunner.ts';
import { prepareTraining } from '../training/train.ts';
import { boxesSpec, FRAME, frameSpec } from './boxes.ts';
import { settleView, spatialTargets } from './view.ts';

/** Moves boxes by one pixel to the right and down. */
const move: Augmentation = {
  name: 'move',
  moves: ['boxes'],
  sample: () => ({}),
  apply: (images) => images,
  applyTarget: (target) => add(target, 1),
};

/** Completes its draw by the sum of all boxes that it is told of, and moves them by what it then knows. */
const settling = (seen: (known: readonly SpatialTarget[]) => void = () => undefined): Augmentation => ({
  name: 'settling',
  moves: ['boxes'],
  sample: () => ({}),
  settle: (params, known) => {
    seen(known);
    return { ...params, first: known[0]?.target ?? tensor([0]) };
  },
  apply: (images) => images,
  applyTarget: (target, _, { first }) => (first ? mul(target, first) : target),
});

const boxes = (): SpatialTarget => ({
  target: tensor([[[1, 2, 3, 4]]]),
  spec: { ...frameSpec, shape: [1, 4] },
});
const settled = (view: View, params: Record<string, Tensor> = {}): Record<string, unknown> =>
  tidy(() => {
    const made = settleView(view, params, { known: [boxes()], size: [8, 8] });
    return Object.fromEntries(Object.entries(made).map(([key, value]) => [key, value.arraySync()]));
  });

describe('settleView', () => {
  it('tells each augmentation what the ones before it made of the targets', () => {
    expect(settled([move, settling(), move, settling()])).toEqual({
      '1/first': [[[2, 3, 4, 5]]],
      '3/first': [[[5, 10, 17, 26]]],
    });
  });

  it('keeps what was drawn, and works nothing out where no augmentation asks', () => {
    const params = { '0/top': tensor([3]), '1/top': tensor([4]) };
    expect(settled([settling(), move], params)).toEqual({
      '0/top': [3],
      '1/top': [4],
      '0/first': [[[1, 2, 3, 4]]],
    });
    const before = memory().numTensors;
    const known = [boxes()];
    expect(settleView([move, move], params, { known, size: [8, 8] })).toEqual(params);
    expect(memory().numTensors).toBe(before + 1); // the boxes themselves
  });

  it('is told of maps and boxes alone', () => {
    const given = { label: tensor([1]), boxes: tensor([[[0, 0, 1, 1]]]) };
    const specs = { label: { kind: 'class', dtype: 'int32', shape: [] }, boxes: boxesSpec(1) } as const;
    expect(spatialTargets(given, specs)).toEqual([{ target: given.boxes, spec: specs.boxes }]);
  });
});

const objective: Objective = {
  name: 'cross-entropy',
  build: () => ({ modules: {}, terms: (step) => ({ terms: { ce: { value: classLoss(step), weight: 1 } } }) }),
};

it('a training step settles what it shows by the boxes of its images', async () => {
  const told: unknown[] = [];
  const made = tinyExperiment([objective], { streams: [streamOf()] });
  const [first] = made.streams;
  const samples: Samples = {
    ...first.samples,
    targets: { ...first.samples.targets, [FRAME]: frameSpec },
    readTargets: async (positions) => ({
      ...(await first.samples.readTargets(positions)),
      [FRAME]: {
        dtype: 'float32',
        shape: [positions.length, 1, 6],
        data: Float32Array.from(Array.from(positions).flatMap((p) => [0, 0, 8, 8, p, p])),
      },
    }),
  };
  const asked = settling((known) => told.push(known.map(({ target, spec }) => [spec.around, target.shape])));
  const show: Augmentation = { ...asked, apply: (images: Tensor4D) => images };
  const training = await prepareTraining(
    { ...made, streams: [{ ...first, samples, views: [[show]] }] },
    { runner: eagerRunner() },
  );
  for await (const event of training.events()) if (event.type === 'step') break;
  expect(told[0]).toEqual([['picture', [4, 1, 6]]]);
  training.dispose();
});
