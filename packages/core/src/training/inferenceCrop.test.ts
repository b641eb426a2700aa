import { tensor4d } from '@tensorflow/tfjs-core';
import { layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import type { Dataset, Samples } from '../contracts/dataset.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { Metric } from '../contracts/metric.ts';
import { checkInferenceCrop } from '../data/checkInferenceCrop.ts';
import { middleOf, preprocess } from '../data/preprocess.ts';
import { FRAME, frameSpec } from '../data/boxes.ts';
import { classLoss, samplesOf, streamOf, tinyBackbone, tinyExperiment } from '../testing/index.ts';
import { eagerRunner } from './eagerRunner.ts';
import { runToEnd } from './runToEnd.ts';
import { prepareTraining } from './train.ts';

type Size = readonly [number, number];

describe('the middle of an image', () => {
  // int(round((side - crop) / 2.0)) of torchvision's center_crop, Python's round.
  it.each([
    [256, 224, 16],
    [8, 8, 0],
    [9, 8, 0],
    [11, 8, 2],
    [13, 8, 2],
    [15, 8, 4],
    [225, 224, 0],
    [227, 224, 2],
  ])('of %i pixels, %i wide, begins at %i', (side, crop, start) => {
    expect(middleOf([side, 300], [crop, 300])).toEqual({ top: start, left: 0, size: [crop, 300] });
    expect(middleOf([300, side], [300, crop])).toEqual({ top: 0, left: start, size: [300, crop] });
  });

  it('is all of it where it is no larger, or where nothing is cut out', () => {
    expect(middleOf([6, 20], [8, 8])).toEqual({ top: 0, left: 6, size: [6, 8] });
    expect(middleOf([6, 20], undefined)).toEqual({ top: 0, left: 0, size: [6, 20] });
  });

  it('is what is normalised of a batch', () => {
    const pixels = Float32Array.from({ length: 2 * 5 * 6 * 3 }, (_, i) => i % 251);
    const normalization = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] } as const;
    const seen = preprocess(tensor4d(pixels, [2, 5, 6, 3]), { normalization, crop: [2, 3] });
    const wanted = [0, 1].flatMap((b) =>
      [2, 3].flatMap((row) =>
        [2, 3, 4].flatMap((column) => [0, 1, 2].map((c) => pixels[((b * 5 + row) * 6 + column) * 3 + c]!)),
      ),
    );
    expect(seen.shape).toEqual([2, 2, 3, 3]);
    seen.dataSync().forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 4));
  });
});

/** Samples with a border of white pixels around them. */
const bordered = (samples: Samples, [above, before]: Size, [height, width]: Size): Samples => ({
  ...samples,
  size: [height, width],
  async read(positions) {
    const [h, w] = samples.size;
    const own = await samples.read(positions);
    const out = new Uint8Array(positions.length * height * width * 3).fill(255);
    for (let row = 0; row < positions.length * h; row++) {
      const [image, y] = [Math.floor(row / h), row % h];
      out.set(
        own.subarray(row * w * 3, (row + 1) * w * 3),
        ((image * height + above + y) * width + before) * 3,
      );
    }
    return out;
  },
});

/** Anything that depends on every output. */
const total: Metric = {
  name: 'total',
  goal: 'max',
  begin() {
    let sum = 0;
    return {
      add: ({ outputs }) => outputs['logits']!.data.forEach((value) => void (sum += value)),
      end: () => ({ total: sum }),
    };
  },
};

const task = {
  name: 'task',
  build: () => ({
    modules: {},
    terms: (step: Parameters<typeof classLoss>[0]) => ({
      terms: { ce: { value: classLoss(step), weight: 1 } },
    }),
  }),
};

/** It trains on images of 8 pixels. */
const experimentOf = (own: Partial<Experiment>, measured: Samples = samplesOf(7, 8, 5)): Experiment => {
  const made = tinyExperiment([task], { streams: [streamOf({ batch: 4 })], steps: 10 });
  const dataset: Dataset = { ...made.dataset, validation: measured, test: measured };
  return { ...made, dataset, metrics: [total], ...own };
};

const resultOf = async (experiment: Experiment) => {
  const training = await prepareTraining(experiment, { runner: eagerRunner() });
  try {
    return (await runToEnd(training)).done.result?.best.test;
  } finally {
    training.dispose();
  }
};

describe('a run with "inferenceCrop"', () => {
  it('measures what one measures whose images were cut out beforehand, to the same bits', async () => {
    const whole = bordered(samplesOf(7, 8, 5), [2, 3], [11, 14]);
    const { train } = experimentOf({}).dataset;
    const own = { inferenceCrop: [8, 8] as const };
    const cut = experimentOf(own, whole);
    const found = await resultOf({
      ...cut,
      dataset: { ...cut.dataset, train: bordered(train, [0, 0], [9, 9]) },
    });
    expect(found).toEqual(await resultOf(experimentOf({})));
    expect(found).not.toEqual(await resultOf(experimentOf({}, whole)));
  });

  it.each<[string, Partial<Samples>, Size, RegExp]>([
    [
      'more than there is',
      {},
      [8, 9],
      /"inferenceCrop" is \[8, 9\], and train images of made-up have 8×8 pixels\. Give at most/,
    ],
    [
      'less than boxes stand for',
      { targets: { [FRAME]: frameSpec } },
      [6, 6],
      /train images of made-up have "frame", whose numbers stand for places in the whole image\. Leave/,
    ],
    [
      'less than a map stands for',
      { targets: { ground: { kind: 'map', dtype: 'int32', shape: [8, 8] } } },
      [6, 6],
      /have "ground", whose numbers stand for places/,
    ],
    [
      'the middle of a canvas',
      {
        canvases: { sizes: [[8, 8]], of: new Uint8Array(20), read: () => Promise.resolve(new Uint8Array()) },
      },
      [6, 6],
      /lie on canvases of several sizes/,
    ],
  ])('refuses to show %s, before a network is built', async (_, own, inferenceCrop, why) => {
    const made = experimentOf({ inferenceCrop });
    const dataset = { ...made.dataset, train: { ...made.dataset.train, ...own } };
    expect(() => checkInferenceCrop({ dataset, inferenceCrop })).toThrow(why);
    await expect(prepareTraining({ ...made, dataset }, { runner: eagerRunner() })).rejects.toThrow(why);
  });
});

describe('a network that was built for one size', () => {
  /** It has a weight for each place of its first map, which is taken as so many numbers, or as many as there are. */
  const placed =
    (flatten: boolean): Experiment['backbone'] =>
    ({ classes, size: [size] }) => {
      const { model: made, ...backbone } = tinyBackbone({ classes, size });
      const [map] = made.outputs as [SymbolicTensor];
      const places = map.shape.slice(1).reduce<number>((all, side) => all * (side ?? 1), 1);
      const flat = (flatten ? layers.flatten() : layers.reshape({ targetShape: [places] })).apply(map);
      const logits = layers.dense({ units: classes, name: 'classifier' }).apply(flat);
      const outputs = [...made.outputs.slice(0, -1), logits as SymbolicTensor];
      return { ...backbone, model: model({ inputs: made.inputs, outputs }) };
    };
  const larger = samplesOf(7, 12, 5);

  it.each([
    ['fixed', false],
    ['flattening', true],
  ])('is refused before the first step where evaluation shows it another: %s', async (_, flatten) => {
    const experiment = experimentOf({ backbone: placed(flatten) }, larger);
    await expect(prepareTraining(experiment, { runner: eagerRunner() })).rejects.toThrow(
      /built for images of 8×8 pixels and cannot look at those of 12×12, as evaluation shows them.*Set "inferenceCrop: \[8, 8\]"/,
    );
  });

  it('is evaluated on their middle', async () => {
    const made = experimentOf({ backbone: placed(true), inferenceCrop: [8, 8] }, larger);
    expect(await resultOf(made)).toEqual({ total: expect.any(Number) as number });
  });
});
