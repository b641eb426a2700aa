import * as tf from '@tensorflow/tfjs';
import { float32, type NdArrays, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { ownAddon } from '../graph/native.ts';
import { PRECISIONS } from '../target.ts';
import { besideEager } from '../testing/besideEager.ts';
import { noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

type Name = 'x' | 'w' | 'v' | 'scale' | 'offset';

/** A residual block with frozen norms, and its gradients by these names. */
const block =
  (asked: readonly Name[], { strides, size }: { strides: 1 | 2; size: 1 | 3 }): StepFunction =>
  ({ dy, mean, variance, ...inputs }) => {
    const conv = (x: tf.Tensor, w: tf.Tensor, by: 1 | 2): tf.Tensor4D =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, by, (w.shape[0] - 1) / 2);
    const apply = (...values: tf.Tensor[]): tf.Tensor => {
      const of = { ...inputs, ...Object.fromEntries(asked.map((name, i) => [name, values[i]!])) };
      const norm = (x: tf.Tensor4D): tf.Tensor4D =>
        tf.batchNorm(
          x,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          of['offset'] as tf.Tensor1D,
          of['scale'] as tf.Tensor1D,
          1e-5,
        );
      const y = tf.relu(norm(conv(of['x']!, of['w']!, strides)));
      const side =
        strides === 1 ? of['x']! : norm(conv(of['x']!, tf.slice(of['w']!, [0, 0, 0, 0], [1, 1, -1, -1]), 2));
      return tf.relu(tf.add(norm(conv(y, of['v']!, 1)), side));
    };
    expect(inputs['w']!.shape[0]).toBe(size);
    const given = asked.map((name) => inputs[name]!);
    const gradients = tf.grads(apply)(given, dy);
    return { y: apply(...given), ...Object.fromEntries(asked.map((name, i) => [`d${name}`, gradients[i]!])) };
  };

const inputsOf = (channels: number, size: number, strides: number): NdArrays => {
  const of = (shape: number[], seed: number, shift = 0) =>
    float32(
      noise(tf.util.sizeFromShape(shape), seed).map((value) => value + shift),
      shape,
    );
  return {
    ...{ x: of([2, 8, 6, channels], 1), dy: of([2, 8 / strides, 6 / strides, channels], 2) },
    ...{ w: of([size, size, channels, channels], 3), v: of([3, 3, channels, channels], 4) },
    ...{ scale: of([channels], 5, 1.5), offset: of([channels], 6), mean: of([channels], 7) },
    variance: of([channels], 8, 2),
  };
};

const normsIn = (ops: ReadonlyMap<string, number>): string[] =>
  [...ops.keys()].filter((op) => op.includes('BatchNorm')).sort();

describe('a frozen batch norm', () => {
  it.each([
    [16, 3, 1],
    [16, 3, 2],
    [24, 1, 1],
    [16, 1, 2],
    [21, 3, 1],
  ] as const)(
    'goes with its convolution, both ways: %d channels, filters of %d, stride %d',
    async (channels, size, strides) => {
      const inputs = inputsOf(channels, size, strides);
      const ops = await besideEager(runner(), block(['x', 'w', 'v'], { strides, size }), { inputs });
      expect(normsIn(ops)).toEqual([]);
      expect(ops.has('Relu')).toBe(false);
      expect(ops.get('ReluGrad')).toBe(1); // of the last ReLU alone
    },
  );

  it('stays close to it in bfloat16', async () => {
    const inputs = inputsOf(16, 3, 1);
    const fn = block(['x', 'w', 'v'], { strides: 1, size: 3 });
    // Tiles round filters too, and a few of 1,500 numbers end on the other side of a ReLU.
    const within = ownAddon().instructionSets().includes('amx') ? 0.15 : 0.08;
    const ops = await besideEager(runner({ precision: 'bfloat16' }), fn, { inputs, within });
    expect(normsIn(ops)).toEqual([]);
  });

  it.each([[['scale']], [['offset']], [['x', 'scale', 'offset']]] as const)(
    'stays where %s learns',
    async (asked) => {
      const inputs = inputsOf(16, 3, 1);
      const ops = await besideEager(runner(), block(asked, { strides: 1, size: 3 }), { inputs });
      expect(normsIn(ops)).toContain('FusedBatchNormGradV3');
    },
  );

  const looking: StepFunction = ({ x, w, scale, offset, mean, variance }) => {
    const norm = tf.batchNorm(
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      offset as tf.Tensor1D,
      scale as tf.Tensor1D,
      1e-5,
    );
    return { y: tf.relu(tf.add(norm, x!)) };
  };
  const unused = new Set(['v', 'dy']);
  const seen = Object.fromEntries(Object.entries(inputsOf(16, 3, 1)).filter(([name]) => !unused.has(name)));

  it('keeps its own op where no gradient goes through it', async () => {
    expect(normsIn(await besideEager(runner(), looking, { inputs: seen }))).toHaveLength(1);
  });

  it.each(PRECISIONS)(
    'goes with its convolution where nothing is learned any more, in %s',
    async (precision) => {
      const within = precision === 'float32' ? 1e-5 : 0.02;
      const ops = await besideEager(runner({ inference: true, precision }), looking, {
        inputs: seen,
        within,
      });
      expect(normsIn(ops)).toEqual([]);
      expect(ops.has('Relu')).toBe(false);
    },
  );

  const depthwise =
    (strides: 1 | 2, relu: (x: tf.Tensor) => tf.Tensor): StepFunction =>
    ({ x, w, scale, offset, mean, variance }) => {
      const y = tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, (w!.shape[0] - 1) / 2);
      const [m, v] = [mean as tf.Tensor1D, variance as tf.Tensor1D];
      return { y: relu(tf.batchNorm(y, m, v, offset as tf.Tensor1D, scale as tf.Tensor1D, 1e-5)) };
    };

  it.each([
    [16, 3, 1, tf.relu6],
    [24, 5, 2, tf.relu],
    [40, 7, 1, tf.relu6],
    [8, 3, 2, (x: tf.Tensor) => tf.mul(x, 2)],
  ] as const)(
    'goes with a depthwise convolution, and a ReLU behind it too: %d channels, filters of %d, stride %d',
    async (channels, size, strides, relu) => {
      const { w, ...rest } = inputsOf(channels, size, strides);
      const filter = float32(Float32Array.from(w!.data).slice(0, size * size * channels), [
        size,
        size,
        channels,
        1,
      ]);
      const given = Object.entries(rest).filter(([name]) => !unused.has(name));
      for (const precision of PRECISIONS) {
        const ops = await besideEager(runner({ inference: true, precision }), depthwise(strides, relu), {
          inputs: { ...Object.fromEntries(given), w: filter },
          within: precision === 'float32' ? 1e-5 : 0.02,
        });
        expect(normsIn(ops)).toEqual([]);
        expect(ops.has('Relu') || ops.has('Relu6')).toBe(false);
      }
    },
  );
});
