import * as tf from '@tensorflow/tfjs';
import { float32, type NdArrays, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { besideEager } from '../testing/besideEager.ts';
import { differenceOf, hashOf, noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

const OP = 'UnderstoryMaxPoolBackprop';

interface Pool {
  readonly images: readonly [batch: number, height: number, width: number, channels: number];
  readonly size: number | [number, number];
  readonly stride: number | [number, number];
  readonly pad: number | 'same' | 'valid';
}

/** The gradient of a pool along a fixed direction. */
const stepOf =
  ({ size, stride, pad }: Pool): StepFunction =>
  ({ x, dy }) => {
    const apply = (image: tf.Tensor): tf.Tensor => tf.maxPool(image as tf.Tensor4D, size, stride, pad);
    return { dx: tf.grad(apply)(x!, dy) };
  };

/** After a ReLU: many windows have several largest pixels, all of them zero. */
const inputsOf = ({ images, size, stride, pad }: Pool): NdArrays => {
  const shape = [...images];
  const values = noise(tf.util.sizeFromShape(shape), 1).map((value) => Math.max(0, value - 0.4));
  const result = tf.tidy(() => tf.maxPool(tf.zeros<tf.Rank.R4>([...images]), size, stride, pad).shape);
  return { x: float32(values, shape), dy: float32(noise(tf.util.sizeFromShape(result), 2), result) };
};

const POOLS: Readonly<Record<string, Pool>> = {
  'that overlap, around padding': { images: [2, 12, 10, 64], size: 3, stride: 2, pad: 1 },
  'of odd sizes and channels': { images: [3, 9, 11, 21], size: 3, stride: 2, pad: 'same' },
  'side by side': { images: [2, 8, 6, 16], size: 2, stride: 2, pad: 'valid' },
  'that leave pixels out': { images: [2, 9, 7, 8], size: 2, stride: 3, pad: 'valid' },
  'at every pixel': { images: [1, 7, 5, 12], size: 3, stride: 1, pad: 'same' },
  'higher than wide': { images: [2, 9, 8, 5], size: [3, 1], stride: [2, 1], pad: 'valid' },
  'over several bands of rows': { images: [1, 70, 66, 40], size: 3, stride: 2, pad: 1 },
  'larger than the image': { images: [2, 1, 1, 3], size: 3, stride: 2, pad: 1 },
};

describe('the gradient of windows', () => {
  it.each(Object.entries(POOLS))('%s: has the bits of the direct way', async (_, pool) => {
    const ops = await besideEager(runner(), stepOf(pool), { inputs: inputsOf(pool), within: 1e-30 });
    expect([...ops.keys()]).toContain(OP);
    expect([...ops.keys()]).not.toContain('MaxPoolGrad');
  });

  it('is summed in float32 between convolutions in bfloat16', async () => {
    const pool = POOLS['that overlap, around padding']!;
    const step: StepFunction = ({ x, w }) => {
      const apply = (filter: tf.Tensor): tf.Tensor => {
        const conv = (image: tf.Tensor): tf.Tensor4D =>
          tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
        return tf.mean(tf.square(conv(tf.maxPool(conv(x!), pool.size, pool.stride, pool.pad))));
      };
      return { dw: tf.grad(apply)(w!) };
    };
    const inputs = { x: inputsOf(pool)['x']!, w: float32(noise(9 * 64 * 64, 3), [3, 3, 64, 64]) };
    const whole = await runner().step('step', step).run(inputs);
    const half = runner({ precision: 'bfloat16' }).step('step', step);
    expect(differenceOf((await half.run(inputs))['dw']!.data, whole['dw']!.data)).toBeLessThan(0.02);
    const { ops } = await half.profile(inputs);
    expect(ops.map(({ op }) => op)).toContain(OP);
    expect(ops.filter(({ op }) => op === 'Cast').reduce((sum, { count }) => sum + count, 0)).toBeLessThan(4);
  });

  it('has the same bits in every run, by one thread and by two', async () => {
    const pool = POOLS['over several bands of rows']!;
    const hashes = new Set<string>();
    for (const intra of [1, 2])
      for (let i = 0; i < 3; i++)
        hashes.add(
          hashOf(await runner({ threads: { intra } }).step('pool', stepOf(pool)).run(inputsOf(pool))),
        );
    expect(hashes.size).toBe(1);
  });
});
