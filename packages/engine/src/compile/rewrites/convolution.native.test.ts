import * as tf from '@tensorflow/tfjs';
import { float32, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { Precision } from '../target.ts';
import { differenceOf, hashOf, noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

interface Task {
  /** [batch, height, width, inputs]. */
  readonly images: readonly [number, number, number, number];
  readonly outputs: number;
  /** Side of the filter. */
  readonly size: number;
  readonly stride: number;
  /** Padding on each side, by an op of its own; none: the convolution's own, `same`. */
  readonly before?: number;
  readonly depthwise?: boolean;
}

/** A convolution with its gradients, along a fixed direction. */
const convolve =
  ({ stride, before, depthwise = false }: Task): StepFunction =>
  ({ x, w, dy }) => {
    const apply = (image: tf.Tensor, filter: tf.Tensor): tf.Tensor => {
      const frame: [number, number] = [before ?? 0, before ?? 0];
      const padded = before ? tf.pad(image, [[0, 0], frame, frame, [0, 0]]) : image;
      const by = depthwise ? tf.depthwiseConv2d : tf.conv2d;
      const pad = before === undefined ? 'same' : 'valid';
      return by(padded as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
    };
    const gradients = tf.grads((image, filter) => apply(image, filter));
    const [dx, dw] = gradients([x!, w!], dy);
    return { y: apply(x!, w!), dx: dx!, dw: dw! };
  };

const bits = new DataView(new ArrayBuffer(4));
/** A number with the digits of a bfloat16. */
const toBFloat16 = (value: number): number => {
  bits.setFloat32(0, value);
  bits.setUint32(0, (bits.getUint32(0) + 0x8000) & 0xffff0000);
  return bits.getFloat32(0);
};

const arraysOf = ({ images, outputs, size, stride, before, depthwise }: Task) => {
  const [n, h, w, inputs] = images;
  const out = (length: number): number =>
    before === undefined ? Math.ceil(length / stride) : Math.floor((length + 2 * before - size) / stride) + 1;
  const result = [n, out(h), out(w), depthwise ? inputs : outputs];
  const filter = [size, size, inputs, depthwise ? 1 : outputs];
  const exact = (shape: readonly number[], seed: number) =>
    float32(noise(tf.util.sizeFromShape([...shape]), seed).map(toBFloat16), shape);
  return {
    x: exact(images, 1),
    w: float32(noise(tf.util.sizeFromShape(filter), 2), filter),
    dy: exact(result, 3),
  };
};

/** Largest differences from the direct way, eagerly, and the ops that ran. */
const compare = async (task: Task, precision: Precision) => {
  const arrays = arraysOf(task);
  const step = runner({ precision }).step('convolve', convolve(task));
  const compiled = await step.run(arrays);
  const { ops } = await step.profile(arrays);
  const eager = tf.tidy(() =>
    convolve(task)(
      Object.fromEntries(
        Object.entries(arrays).map(([k, { data, shape }]) => [k, tf.tensor(data, [...shape])]),
      ),
    ),
  );
  const differences = Object.entries(eager).map(([name, tensor]) => {
    expect(compiled[name]!.shape).toEqual(tensor.shape);
    return [name, differenceOf(compiled[name]!.data, tensor.dataSync())] as const;
  });
  tf.dispose(eager);
  return { differences, ops: ops.map(({ op }) => op) };
};

const of = (images: Task['images'], size: number) => ({ images, outputs: 0, size, depthwise: true }) as const;

const TASKS: Readonly<Record<string, Task>> = {
  '3×3': { images: [2, 8, 8, 16], outputs: 16, size: 3, stride: 1 },
  '3×3 of one tile': { images: [1, 4, 4, 32], outputs: 24, size: 3, stride: 1 },
  '3×3 of odd sizes': { images: [3, 7, 9, 24], outputs: 40, size: 3, stride: 1 },
  '3×3 of a point and its neighbour': { images: [2, 1, 2, 16], outputs: 16, size: 3, stride: 1 },
  '3×3 of many images': { images: [65, 6, 5, 16], outputs: 16, size: 3, stride: 1 },
  '3×3 of three panels': { images: [40, 12, 12, 16], outputs: 48, size: 3, stride: 1 },
  '3×3, halving': { images: [2, 8, 8, 16], outputs: 24, size: 3, stride: 2, before: 1 },
  '3×3, halving odd sizes': { images: [1, 7, 9, 32], outputs: 16, size: 3, stride: 2, before: 1 },
  '3×3, halving many': { images: [70, 5, 12, 24], outputs: 16, size: 3, stride: 2, before: 1 },
  '3×3, halving a pair': { images: [1, 2, 1, 16], outputs: 16, size: 3, stride: 2, before: 1 },
  '1×1': { images: [3, 7, 5, 24], outputs: 40, size: 1, stride: 1 },
  '1×1 of many images': { images: [33, 12, 12, 16], outputs: 96, size: 1, stride: 1 },
  '1×1, halving': { images: [3, 8, 6, 32], outputs: 16, size: 1, stride: 2 },
  '1×1, halving odd sizes': { images: [5, 7, 9, 16], outputs: 32, size: 1, stride: 2, before: 0 },
  '1×1 of more channels than are summed at a time': {
    images: [2, 5, 5, 1040],
    outputs: 48,
    size: 1,
    stride: 1,
  },
  '1×1 of more pixels than are summed at a time': {
    images: [12, 20, 20, 24],
    outputs: 40,
    size: 1,
    stride: 1,
  },
  '1×1, halving as many': { images: [19, 33, 30, 8], outputs: 24, size: 1, stride: 2, before: 0 },
  '3×3 of three channels': { images: [3, 9, 8, 3], outputs: 24, size: 3, stride: 1 },
  '3×3 of few channels out': { images: [2, 6, 6, 3], outputs: 10, size: 3, stride: 1 },
  '3×3 to the scores of a detector': { images: [2, 9, 7, 32], outputs: 27, size: 3, stride: 1 },
  '3×3 to the boxes of a detector': { images: [3, 5, 6, 16], outputs: 36, size: 3, stride: 1 },
  '3×3 between odd channels': { images: [40, 7, 6, 15], outputs: 21, size: 3, stride: 1 },
  '3×3 of odd channels, halving': { images: [2, 9, 8, 12], outputs: 51, size: 3, stride: 2, before: 1 },
  '1×1 to three channels': { images: [2, 9, 9, 32], outputs: 3, size: 1, stride: 1 },
  '1×1 between odd channels': { images: [3, 5, 9, 21], outputs: 12, size: 1, stride: 1 },
  '1×1 of odd channels, halving': { images: [3, 8, 7, 27], outputs: 37, size: 1, stride: 2, before: 0 },
  '7×7 of images, halving': { images: [2, 17, 14, 3], outputs: 64, size: 7, stride: 2, before: 3 },
  '7×7 of images, halving odd sizes': { images: [3, 9, 23, 3], outputs: 27, size: 7, stride: 2, before: 3 },
  '7×7 of a point': { images: [1, 1, 1, 3], outputs: 16, size: 7, stride: 2, before: 3 },
  '7×7 of images smaller than the filter': { images: [2, 3, 4, 1], outputs: 12, size: 7, stride: 1 },
  '7×7 of many images': { images: [33, 11, 8, 3], outputs: 40, size: 7, stride: 2, before: 3 },
  '5×5 of grey images': { images: [2, 9, 7, 1], outputs: 24, size: 5, stride: 1 },
  '5×5 of four channels, halving': { images: [3, 8, 12, 4], outputs: 48, size: 5, stride: 2, before: 2 },
  '5×5 of two channels': { images: [1, 6, 9, 2], outputs: 5, size: 5, stride: 1, before: 2 },
  'depthwise 3×3': { ...of([3, 7, 9, 24], 3), stride: 1 },
  'depthwise 3×3 of a point': { ...of([2, 1, 1, 16], 3), stride: 1 },
  'depthwise 3×3, halving': { ...of([4, 9, 8, 16], 3), stride: 2, before: 1 },
  'depthwise 5×5': { ...of([2, 6, 9, 8], 5), stride: 1 },
  'depthwise 5×5, halving': { ...of([2, 7, 8, 40], 5), stride: 2, before: 2 },
  'depthwise 7×7': { ...of([2, 8, 5, 16], 7), stride: 1 },
};

const ownOf = (ops: readonly string[]): string[] => ops.filter((op) => op.startsWith('Understory')).sort();

/** The addon's op and its two gradients; that of images stays TensorFlow's for the larger filters of a stem. */
const ownFor = ({ depthwise, size }: Task): string[] => {
  const op = depthwise ? 'UnderstoryDepthwise' : 'UnderstoryConv';
  return [op, `${op}FilterGrad`, ...(depthwise || size <= 3 ? [`${op}InputGrad`] : [])];
};

describe('convolutions of the addon', () => {
  it.each(Object.entries(TASKS))('%s: equal the direct way', async (_, task) => {
    const { differences, ops } = await compare(task, 'float32');
    for (const [name, difference] of differences) expect(difference, name).toBeLessThan(1e-5);
    expect(ownOf(ops)).toEqual(ownFor(task));
    expect(ops).not.toContain('PadV2');
  });

  it.each(Object.entries(TASKS))('%s: stay close to it in bfloat16', async (_, task) => {
    const { differences, ops } = await compare(task, 'bfloat16');
    const [n, h, w] = task.images;
    // Of the few pixels of one tile most results are small differences of larger products.
    const few = n * Math.ceil(h / task.stride) * Math.ceil(w / task.stride) <= 16;
    for (const [name, difference] of differences)
      expect(difference, name).toBeLessThan(name === 'y' ? 2 ** -7 : few ? 0.15 : 0.02);
    expect(ownOf(ops)).toEqual(ownFor(task));
  });
});

describe('a 7×7 convolution of images', () => {
  it.each([1, 2])('gives the same bits in every run, by %d threads', async (intra) => {
    const task: Task = { images: [5, 33, 29, 3], outputs: 64, size: 7, stride: 2, before: 3 };
    const step = runner({ threads: { intra } }).step('convolve', convolve(task));
    const hashes = new Set<string>();
    for (let i = 0; i < 3; i++) hashes.add(hashOf(await step.run(arraysOf(task))));
    expect(hashes.size).toBe(1);
  });
});

describe('a 1×1 convolution', () => {
  it('gives the same bits by any number of threads', async () => {
    const task: Task = { images: [7, 20, 20, 40], outputs: 72, size: 1, stride: 1 };
    const hashes = new Set<string>();
    for (const intra of [1, 2, 3, 7]) {
      const step = runner({ threads: { intra } }).step('convolve', convolve(task));
      hashes.add(hashOf(await step.run(arraysOf(task))));
    }
    expect(hashes.size).toBe(1);
  });
});

describe('other convolutions', () => {
  it.each<[string, Task]>([
    ['5×5', { images: [2, 9, 9, 16], outputs: 24, size: 5, stride: 1, before: 2 }],
    ['7×7 of many channels', { images: [2, 9, 9, 16], outputs: 24, size: 7, stride: 2, before: 3 }],
    ['7×7, padded by two', { images: [2, 9, 9, 3], outputs: 24, size: 7, stride: 2, before: 2 }],
    ['3×3, padded by two', { images: [2, 9, 9, 16], outputs: 24, size: 3, stride: 1, before: 2 }],
    ['3×3, stride 3', { images: [2, 9, 9, 16], outputs: 24, size: 3, stride: 3, before: 1 }],
    ['1×1, padded', { images: [2, 9, 9, 16], outputs: 24, size: 1, stride: 1, before: 1 }],
  ])('%s: take the direct way', async (_, task) => {
    const { differences, ops } = await compare(task, 'float32');
    for (const [name, difference] of differences) expect(difference, name).toBeLessThan(1e-5);
    if (task.size > 1) expect(ownOf(ops)).toEqual([]);
  });
});
