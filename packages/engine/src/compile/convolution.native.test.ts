import * as tf from '@tensorflow/tfjs';
import { float32, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { differenceOf, noise, runnerPool } from './testing.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

type Shape = [batch: number, height: number, width: number, inputs: number, outputs: number];

/** A convolution with its gradients, along a fixed direction. */
const convolve =
  (strides: number, pad: 'same' | 'valid' | number, before: number): StepFunction =>
  ({ x, w, dy }) => {
    const apply = (image: tf.Tensor, filter: tf.Tensor): tf.Tensor => {
      const padded = before > 0 ? tf.pad(image, [[0, 0], [before, before], [before, before], [0, 0]]) : image; // prettier-ignore
      return tf.conv2d(padded as tf.Tensor4D, filter as tf.Tensor4D, strides, pad);
    };
    const gradients = tf.grads((image, filter) => apply(image, filter));
    const [dx, dw] = gradients([x!, w!], dy);
    return { y: apply(x!, w!), dx: dx!, dw: dw! };
  };

const compare = async (
  fn: StepFunction,
  [n, h, v, inputs, outputs]: Shape,
  side: number,
  out: [number, number],
): Promise<string[]> => {
  const arrays = {
    x: float32(noise(n * h * v * inputs, 1), [n, h, v, inputs]),
    w: float32(noise(side * side * inputs * outputs, 2), [side, side, inputs, outputs]),
    dy: float32(noise(n * out[0] * out[1] * outputs, 3), [n, ...out, outputs]),
  };
  const step = runner().step('convolve', fn);
  const compiled = await step.run(arrays);
  const tensors = Object.fromEntries(
    Object.entries(arrays).map(([k, { data, shape }]) => [k, tf.tensor(data, [...shape])]),
  );
  const eager = tf.tidy(() => fn(tensors));
  for (const [name, tensor] of Object.entries(eager)) {
    expect(compiled[name]!.shape).toEqual(tensor.shape);
    expect(differenceOf(compiled[name]!.data, tensor.dataSync()), name).toBeLessThan(1e-5);
  }
  const { ops } = await step.profile(arrays);
  return ops.map(({ op }) => op);
};

describe('3×3 convolutions of stride 1', () => {
  it.each<Shape>([
    [2, 8, 8, 16, 16],
    [1, 4, 4, 32, 24],
    [3, 7, 9, 24, 40],
    [2, 1, 2, 16, 16],
    [65, 6, 5, 16, 16],
    [40, 12, 12, 16, 48],
  ])('of %i images of %i × %i, %i → %i channels, equal the direct way', async (...shape) => {
    const ops = await compare(convolve(1, 'same', 0), shape, 3, [shape[1], shape[2]]);
    expect(ops.filter((op) => op.startsWith('UnderstoryConv3x3')).length).toBe(3);
  });

  it('with channels that do not fit take the direct way', async () => {
    const ops = await compare(convolve(1, 'same', 0), [2, 6, 6, 3, 10], 3, [6, 6]);
    expect(ops.some((op) => op.startsWith('Understory'))).toBe(false);
  });
});

describe('3×3 convolutions of stride 2, padded by one pixel before', () => {
  it.each<Shape>([
    [2, 8, 8, 16, 24],
    [1, 7, 9, 32, 16],
    [70, 5, 12, 24, 16],
    [1, 2, 1, 16, 16],
  ])('of %i images of %i × %i, %i → %i channels, equal the direct way', async (...shape) => {
    const out: [number, number] = [Math.ceil(shape[1] / 2), Math.ceil(shape[2] / 2)];
    const ops = await compare(convolve(2, 'valid', 1), shape, 3, out);
    expect(ops.filter((op) => op.startsWith('UnderstoryConv3x3')).length).toBe(3);
    expect(ops).not.toContain('PadV2');
  });
});

describe('other convolutions', () => {
  it.each([
    ['1×1, stride 2', 1, 2, 0],
    ['5×5, padded', 5, 1, 2],
    ['3×3, padded by two', 3, 1, 2],
    ['3×3, stride 3', 3, 3, 1],
  ] as const)('%s', async (_, side, stride, before) => {
    const out = Math.floor((9 + 2 * before - side) / stride) + 1;
    await compare(convolve(stride, 'valid', before), [2, 9, 9, 16, 24], side, [out, out]);
  });
});
