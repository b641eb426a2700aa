import * as tf from '@tensorflow/tfjs';
import { float32, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { nativeOps, type Attributes } from '../../eager/nativeOp.ts';
import { ownAddon } from '../graph/native.ts';
import type { Precision } from '../target.ts';
import { besideEager } from '../testing/besideEager.ts';
import { differenceOf, failure, filled, hashOf, noise, runnerPool } from '../testing/runnerPool.ts';

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
  '3×3 of a large filter': { images: [3, 4, 5, 272], outputs: 336, size: 3, stride: 1 },
  '3×3 of a large filter, halving': { images: [3, 5, 8, 272], outputs: 336, size: 3, stride: 2, before: 1 },
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

describe.each(['float32', 'bfloat16'] as const)('a convolution of no pixels in %s', (precision) => {
  it.each<[string, Task]>([
    ['3×3 of no images', { images: [0, 8, 8, 32], outputs: 16, size: 3, stride: 1 }],
    ['1×1 of no images', { images: [0, 8, 8, 32], outputs: 16, size: 1, stride: 1 }],
    ['1×1 of images without rows', { images: [1, 0, 8, 32], outputs: 16, size: 1, stride: 1 }],
    ['1×1, halving no images', { images: [0, 8, 8, 32], outputs: 16, size: 1, stride: 2 }],
    ['7×7 of no images', { images: [0, 17, 14, 3], outputs: 64, size: 7, stride: 2, before: 3 }],
    ['5×5 of images without rows', { images: [1, 0, 8, 3], outputs: 16, size: 5, stride: 1 }],
  ])('gives none, and zeros as its filter’s gradient: %s', async (_, task) => {
    const arrays = arraysOf(task);
    const step = runner({ precision }).step('convolve', convolve(task));
    const { y, dx, dw } = await step.run(arrays);
    expect([y!.shape, dx!.shape, dw!.shape]).toEqual([arrays.dy.shape, arrays.x.shape, arrays.w.shape]);
    expect([...new Set(dw!.data)]).toEqual([0]);
    const { ops } = await step.profile(arrays);
    expect(ownOf(ops.map(({ op }) => op))).toEqual(ownFor(task));
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

describe('a transposed convolution', () => {
  /** From x [1, 4, 4, 8], with a filter [size, size, 16, 8]. */
  const transposed =
    (side: number, stride: number, pad: 'same' | 'valid' | number): StepFunction =>
    ({ x, w }) => {
      const [images, filter] = [x as tf.Tensor4D, w as tf.Tensor4D];
      const rounding = typeof pad === 'number' ? 'round' : undefined;
      return { y: tf.conv2dTranspose(images, filter, [1, side, side, 16], stride, pad, rounding) };
    };
  const inputsOf = (size: number) => ({ x: filled(1, 1, 4, 4, 8), w: filled(2, size, size, 16, 8) });

  it.each<[string, StepFunction, number]>([
    ['as large as its images', transposed(4, 1, 'same'), 3],
    ['twice as large', transposed(8, 2, 'same'), 1],
    ['twice as large but for one pixel', transposed(7, 2, 'same'), 1],
    ['twice as large, padded by one', transposed(8, 2, 1), 3],
  ])('%s is the addon’s', async (_, fn, size) => {
    const ops = await besideEager(runner(), fn, { inputs: inputsOf(size) });
    expect(ownOf([...ops.keys()])).toEqual(['UnderstoryConvInputGrad']);
  });

  it.each<[string, StepFunction, number]>([
    ['by its own padding', transposed(64, 1, 'same'), 3],
    ['at half its size', transposed(64, 2, 'same'), 1],
    ['by a padding of one', transposed(64, 2, 1), 3],
    [
      'in a frame that is cut off',
      (inputs) => ({ y: tf.slice(transposed(66, 1, 'valid')(inputs)['y']!, [0, 1, 1, 0], [1, 64, 64, 16]) }),
      3,
    ],
  ])('to a size that its images do not have is refused: %s', async (_, fn, size) => {
    expect(await failure(runner().step('wide', fn).run(inputsOf(size)))).toMatchObject({
      code: 'op-failed',
      message: expect.stringMatching(/op wide.Conv2DBackpropInput/) as string,
    });
  });
});

describe('an op of the addon’s', () => {
  const conv = (kind: string, attributes: Attributes, inputs: readonly tf.Tensor[], outputs = 1) =>
    nativeOps(
      `UnderstoryConv${kind}`,
      {
        ...{ T: { type: 'float32' }, stride: { int: 1 }, maps: { int: 1 }, scales: { int: 0 } },
        ...attributes,
      },
      inputs,
      outputs,
    );
  const untold: Attributes = { norms: { int: 0 }, relus: { int: 0 } };
  const forward = (sides: number, ...inputs: tf.Tensor[]) =>
    conv('', { ceiling: { float: 0 }, biases: { int: 0 }, sides: { int: sides } }, inputs, 2);
  const backward = (sides: number, gates: number, ...inputs: tf.Tensor[]) =>
    conv(
      'InputGrad',
      {
        ...{ ceiling: { float: 6 }, heights: { int: [8] }, widths: { int: [8] } },
        ...{ sides: { int: sides }, gates: { int: gates }, ...untold },
      },
      inputs,
      2,
    );
  const depthwise = (kind: string, attributes: Attributes, ...inputs: tf.Tensor[]) =>
    nativeOps(
      `UnderstoryDepthwise${kind}`,
      { T: { type: 'float32' }, stride: { int: 1 }, ...attributes },
      inputs,
      kind === 'FilterGrad' ? 1 : 2,
    );
  const map = (side = 8, channels = 8) => tf.ones([1, side, side, channels]);
  const w = () => tf.ones([3, 3, 8, 8]);
  const each = () => tf.ones([3, 3, 8, 1]);
  const norms: Attributes = { norms: { int: 0 }, ceiling: { float: 0 } };
  const size: Attributes = { size: { int: 3 } };
  const whole: Attributes = { height: { int: 8 }, width: { int: 8 }, ...untold };
  const told: Attributes = { ...whole, norms: { int: 1 }, relus: { int: 1 }, lot: { int: 16 } };
  const gradientFor = (x: tf.Tensor, mean: tf.Tensor, y: tf.Tensor) =>
    depthwise('InputGrad', told, map(), each(), x, mean, y);
  const mean = (channels = 8) => tf.zeros([channels]);

  it.each<[string, () => unknown, () => unknown]>([
    ['images', () => forward(0, map(), w()), () => forward(0, map(8, 16), w())],
    ['a map to add', () => forward(1, map(), w(), map()), () => forward(1, map(), w(), map(4))],
    ['a gradient', () => backward(0, 0, map(), w()), () => backward(0, 0, map(4), w())],
    ['a gradient to add', () => backward(1, 0, map(), w(), map()), () => backward(1, 0, map(), w(), map(4))],
    ['a gate', () => backward(0, 1, map(), w(), map()), () => backward(0, 1, map(), w(), map(4))],
    [
      'a gradient beside its images',
      () => conv('FilterGrad', { ...size, sums: { flag: false } }, [map(), map()], 2),
      () => conv('FilterGrad', { ...size, sums: { flag: false } }, [map(), map(4)], 2),
    ],
    [
      'images of a depthwise one',
      () => depthwise('', norms, map(), each()),
      () => depthwise('', norms, map(8, 16), each()),
    ],
    [
      'a gradient of a depthwise one',
      () => depthwise('InputGrad', whole, map(), each()),
      () => depthwise('InputGrad', whole, map(4), each()),
    ],
    ['a norm’s map', () => gradientFor(map(), mean(), map()), () => gradientFor(map(4), mean(), map())],
    ['a norm’s mean', () => gradientFor(map(), mean(), map()), () => gradientFor(map(), mean(16), map())],
    ['a ReLU’s map', () => gradientFor(map(), mean(), map()), () => gradientFor(map(), mean(), map(4))],
    [
      'a gradient beside images of a depthwise one',
      () => depthwise('FilterGrad', size, map(), map()),
      () => depthwise('FilterGrad', size, map(), map(4)),
    ],
  ])('takes %s of the size that it computes with, and no other', (_, right, wrong) => {
    ownAddon();
    tf.tidy(() => {
      expect(right).not.toThrow();
      expect(wrong).toThrow(/another size/);
    });
  });
});
