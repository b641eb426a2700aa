import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import {
  float32,
  int32,
  roiAlign,
  type NdArray,
  type NdArrays,
  type RoiAlignOptions,
  type StepFunction,
} from '@understory/core';
import { relativeError, streamTensor } from '@understory/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { hashOf, noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(async () => {
  disposeAll();
  await tf.setBackend('tensorflow');
});

type Results = Readonly<
  Record<string, { readonly data: ArrayLike<number>; readonly shape: readonly number[] }>
>;

interface Golden {
  readonly name: string;
  /** [B, C, H, W] of each level, and the stream that fills it. */
  readonly maps: readonly { readonly shape: number[]; readonly seed: number }[];
  readonly rois: number[][];
  readonly levels: number[];
  readonly options: RoiAlignOptions;
  /** [R, C, size, size] */
  readonly y: number[];
  readonly gradients: number[][];
}

const goldens = JSON.parse(
  readFileSync(new URL('../../../../core/testdata/roiAlign.json', import.meta.url), 'utf8'),
) as Golden[];

/** `y` and the gradients `g0`, `g1` …; inputs `m0`, `m1` …, `rois`, `levels` and `dy`. */
const stepOf =
  (options: RoiAlignOptions): StepFunction =>
  ({ rois, levels, dy, ...maps }) => {
    const given = options.strides.map((_, i) => maps[`m${i}`] as tf.Tensor4D);
    const align = (...xs: tf.Tensor[]): tf.Tensor4D =>
      roiAlign(xs as tf.Tensor4D[], rois as tf.Tensor2D, levels as tf.Tensor1D, options);
    const { value, grads } = tf.valueAndGrads((...xs) => tf.sum(tf.mul(align(...xs), dy!)))(given);
    value.dispose();
    return { y: align(...given), ...Object.fromEntries(grads.map((g, i) => [`g${i}`, g])) };
  };

/** [N, C, H, W] as the network has it: [N, H, W, C]. */
const channelsLast = (shape: readonly number[], seed: number): NdArray => {
  const x = tf.tidy(() => tf.transpose(streamTensor(shape, seed), [0, 2, 3, 1]));
  const data = x.dataSync<'float32'>();
  x.dispose();
  return float32(data, x.shape);
};

const inputsOf = ({ maps, rois, levels, options }: Golden): NdArrays => ({
  ...Object.fromEntries(maps.map(({ shape, seed }, i) => [`m${i}`, channelsLast(shape, seed)])),
  rois: float32(rois.flat(), [rois.length, 5]),
  levels: int32(levels, [levels.length]),
  dy: channelsLast([rois.length, maps[0]!.shape[1]!, options.size, options.size], 9),
});

const channelsFirst = ({
  data,
  shape,
}: {
  data: ArrayLike<number>;
  shape: readonly number[];
}): Float32Array =>
  tf.tidy(() =>
    tf.transpose(tf.tensor(Float32Array.from(data), [...shape]), [0, 3, 1, 2]).dataSync<'float32'>(),
  );

const eagerly = (fn: StepFunction, inputs: NdArrays): Results => {
  const given = Object.entries(inputs).map(([name, { data, shape, dtype }]) => [
    name,
    tf.tensor(data as Float32Array, [...shape], dtype as 'float32'),
  ]);
  const results = fn(Object.fromEntries(given) as Record<string, tf.Tensor>);
  const read = Object.entries(results).map(([name, t]) => {
    const data = t.dataSync<'float32'>();
    t.dispose();
    return [name, { data, shape: t.shape }];
  });
  for (const [, t] of given) (t as tf.Tensor).dispose();
  return Object.fromEntries(read) as Results;
};

describe('UnderstoryRoiAlign and its gradient, against torchvision', () => {
  it.each(goldens)('$name', async (golden) => {
    const fn = stepOf(golden.options);
    const inputs = inputsOf(golden);
    const step = runner().step('roi', fn);
    const before = tf.memory().numTensors;
    const ways: Results[] = [await step.run(inputs), eagerly(fn, inputs)];
    expect(tf.memory().numTensors).toBe(before);
    for (const found of ways) {
      const { y, ...gradients } = found;
      expect(relativeError(channelsFirst(y!), golden.y)).toBeLessThan(1e-5);
      expect(Object.keys(gradients).length).toBe(golden.gradients.length);
      for (const [i, wanted] of golden.gradients.entries())
        expect(relativeError(channelsFirst(gradients[`g${i}`]!), wanted)).toBeLessThan(1e-5);
    }
    const ops = (await step.profile(inputs)).ops.map(({ op }) => op);
    expect(ops).toContain('UnderstoryRoiAlign');
    expect(ops).toContain('UnderstoryRoiAlignGrad');
    expect(ops).not.toContain('GatherV2');
  });
});

describe('UnderstoryRoiAlign and its gradient', () => {
  const options: RoiAlignOptions = { strides: [4, 8, 16], size: 3, samples: 2, aligned: false };
  // Neither a whole number of vectors nor one that threads share evenly.
  const channels = 77;
  const count = 30;
  const random = (length: number, most: number, seed: number): number[] =>
    Array.from(noise(length, seed), (v) => ((v + 1) / 2) * most);
  const many = (samples: number): NdArrays => {
    const corners = random(4 * count, 70, 3 + samples);
    const rois = Array.from({ length: count }, (_, i) => [i % 3, ...corners.slice(4 * i, 4 * i + 4)]);
    return {
      m0: float32(noise(2 * 12 * 16 * channels, 4), [2, 12, 16, channels]),
      m1: float32(noise(2 * 6 * 8 * channels, 5), [2, 6, 8, channels]),
      m2: float32(noise(2 * 3 * 4 * channels, 6), [2, 3, 4, channels]),
      rois: float32(rois.flat(), [count, 5]),
      levels: int32(
        rois.map((_, i) => (i % 5) - 1),
        [count],
      ),
      dy: float32(noise(count * 9 * channels, 7), [count, 3, 3, channels]),
    };
  };
  it.each([
    [2, false],
    [2, true],
    [0, false],
    [0, true],
  ])('agree with what other ops make up: samples %d, aligned %s', async (samples, aligned) => {
    const fn = stepOf({ ...options, samples, aligned });
    const found = eagerly(fn, many(samples));
    await tf.setBackend('cpu');
    const composed = eagerly(fn, many(samples));
    expect(Object.keys(found)).toEqual(['y', 'g0', 'g1', 'g2']);
    for (const [name, { data }] of Object.entries(composed))
      expect(relativeError(found[name]!.data, data)).toBeLessThan(1e-5);
  });

  it('give the same bits in every run, by one thread and by two', async () => {
    const runs: Results[] = [];
    for (const intra of [1, 2]) {
      const step = runner({ threads: { intra } }).step('bits', stepOf(options));
      for (let i = 0; i < 5; i++) runs.push(await step.run(many(2)));
    }
    expect(new Set(runs.map((run) => hashOf(run))).size).toBe(1);
  });
});
