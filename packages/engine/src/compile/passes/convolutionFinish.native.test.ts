import * as tf from '@tensorflow/tfjs';
import { float32, type NdArrays, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { besideEager } from '../testing/besideEager.ts';
import { noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

type Of = Readonly<Record<'x' | 'z' | 'v' | 'w' | 'b', tf.Tensor>>;
/** A convolution to the same number of channels, by the filter `w` or `v`. */
type Conv = (x: tf.Tensor, filter: tf.Tensor) => tf.Tensor;

/** What is computed, and the ops of TensorFlow's that are left of what follows the convolutions. */
const CASES: Readonly<Record<string, readonly [(of: Of, conv: Conv) => tf.Tensor, readonly string[]]>> = {
  'a bias': [({ x, w, b }, conv) => tf.add(conv(x, w), b), []],
  'a bias and a ReLU': [({ x, w, b }, conv) => tf.relu(tf.add(conv(x, w), b)), ['ReluGrad']],
  'a ReLU alone': [({ x, w }, conv) => tf.relu(conv(x, w)), ['ReluGrad']],
  'a bias, a sum and a ReLU6': [
    ({ x, z, w, b }, conv) => tf.relu6(tf.add(tf.mul(z, 9), tf.add(conv(x, w), b))),
    ['Relu6Grad'],
  ],
  'two convolutions that are added up': [
    ({ x, z, v, w, b }, conv) => tf.relu(tf.add(tf.add(conv(x, w), b), tf.add(conv(z, v), b))),
    ['ReluGrad'],
  ],
  'a chain of two': [
    ({ x, v, w, b }, conv) => tf.relu(tf.add(conv(tf.relu(tf.add(conv(x, w), b)), v), b)),
    ['ReluGrad'],
  ],
  'a block with its shortcut': [
    ({ x, v, w, b }, conv) => {
      const y = tf.relu(tf.add(conv(x, w), b));
      return tf.relu(tf.add(tf.add(conv(y, v), b), y));
    },
    ['ReluGrad'],
  ],
  'a result that others take too': [
    ({ x, w, b }, conv) => {
      const y = tf.add(conv(x, w), b);
      return tf.mul(tf.relu(y), y);
    },
    ['Relu', 'ReluGrad'],
  ],
  'a sum of a result with itself': [({ x, w }, conv) => tf.add(conv(x, w), conv(x, w)), ['Add']],
};

const stepOf =
  (body: (of: Of, conv: Conv) => tf.Tensor, size: number): StepFunction =>
  ({ dy, ...inputs }) => {
    const names = ['x', 'z', 'v', 'w', 'b'] as const;
    const conv: Conv = (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
    const apply = (...[x, z, v, w, b]: tf.Tensor[]): tf.Tensor => {
      const of = { x: x!, z: z!, v: v!, w: w!, b: b! };
      // So that every gradient depends on something, in one channel of five.
      const rest = tf.mul(
        tf.sum(tf.stack([tf.sum(x!), tf.sum(z!), tf.sum(v!), tf.sum(w!), tf.sum(b!)])),
        1e-3,
      );
      return tf.add(body(of, conv), rest);
    };
    const given = names.map((name) => inputs[name]!);
    const gradients = tf.grads(apply)(given, dy);
    expect(given[3]!.shape[0]).toBe(size);
    return {
      y: apply(...given),
      ...Object.fromEntries(names.map((name, i) => [`d${name}`, gradients[i]!])),
    };
  };

const inputsOf = (channels: number, size: number): NdArrays => {
  const of = (shape: number[], seed: number) => float32(noise(tf.util.sizeFromShape(shape), seed), shape);
  const [map, filter] = [
    [2, 7, 5, channels],
    [size, size, channels, channels],
  ];
  return {
    x: of(map, 1),
    z: of(map, 2),
    v: of(filter, 3),
    w: of(filter, 4),
    b: of([channels], 5),
    dy: of(map, 6),
  };
};

describe('a convolution takes along', () => {
  it.each(
    Object.entries(CASES).flatMap(([name, [body, left]]) =>
      ([16, 21] as const).map((channels) => [name, channels, body, left] as const),
    ),
  )('%s, of %d channels', async (_, channels, body, left) => {
    for (const size of [3, 1]) {
      const ops = await besideEager(runner(), stepOf(body, size), { inputs: inputsOf(channels, size) });
      expect([...ops.keys()].filter((op) => /^Relu/.test(op)).sort()).toEqual(
        left.filter((op) => op.startsWith('Relu')),
      );
      expect(ops.has('UnderstoryConv')).toBe(true);
    }
  });

  it('the ReLU before it in its gradient, with what else comes back there', async () => {
    const [body] = CASES['a block with its shortcut']!;
    const step = runner().step('step', stepOf(body, 3));
    const { ops } = await step.profile(inputsOf(16, 3));
    // Of the last ReLU alone, whose gradient comes from outside.
    expect(ops.find(({ op }) => op === 'ReluGrad')?.count).toBe(1);
  });

  it.each([1, 3])('what else comes back to its images, of a side of %d', async (size) => {
    const conv = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
    const apply = (...[x, v, w]: tf.Tensor[]): tf.Tensor => tf.mul(conv(conv(x!, w!), v!), x!);
    const fn: StepFunction = ({ x, v, w, dy }) => {
      const [dx, dv, dw] = tf.grads(apply)([x!, v!, w!], dy);
      return { dx: dx!, dv: dv!, dw: dw! };
    };
    for (const channels of [16, 21]) {
      const ops = await besideEager(runner(), fn, { inputs: inputsOf(channels, size) });
      expect(ops.get('UnderstoryConvInputGrad')).toBe(2);
      expect([...ops.keys()].filter((op) => op.startsWith('Add'))).toEqual([]);
    }
  });

  it('what is not a number through its ReLU, so that a guard sees it', async () => {
    const inputs = inputsOf(16, 3);
    const data = noise(2 * 7 * 5 * 16, 1);
    data[0] = NaN;
    const step = runner().step('step', stepOf(CASES['a bias and a ReLU']![0], 3));
    const { y } = await step.run({ ...inputs, x: float32(data, [2, 7, 5, 16]) });
    expect(y!.data[0]).toBeNaN();
  });
});
