import * as tf from '@tensorflow/tfjs';
import { getBackend, memory, type Tensor, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { float32, int32, type NdArrays } from '@understory/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { besideEager } from '../../compile/testing/besideEager.ts';
import { failure, noise, runnerPool } from '../../compile/testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);
afterAll(() => expect(getBackend()).toBe('tensorflow'));

type Fn = (x: Tensor, i: Tensor) => Tensor | Tensor[];
const INPUTS: NdArrays = {
  x: float32(noise(2 * 4 * 6 * 5, 3), [2, 4, 6, 5]),
  i: int32([3, -1, 0, 2, 2, 1], [6]),
};

const flat = (x: Tensor): Tensor1D => tf.reshape(x, [-1]);
const filter = tf.tensor4d(noise(2 * 2 * 4 * 3, 4), [2, 2, 4, 3]);
const depthFilter = tf.tensor4d(noise(2 * 2 * 5 * 2, 5), [2, 2, 5, 2]);
const volume = (x: Tensor): tf.Tensor5D => tf.reshape(x, [1, 2, 4, 6, 5]);
/** tfjs types outputs by name as if each could be missing. */
const outputOf = (output: Tensor | undefined): Tensor => output!;

const named = (results: Tensor | Tensor[]): Record<string, Tensor> =>
  Object.fromEntries([results].flat().map((y, n) => [`y${n}`, y]));

const COMPILED: Readonly<Record<string, Fn>> = {
  denseBincount: (_, i) => tf.denseBincount(tf.relu(i) as Tensor1D, tf.tensor1d([]), 5),
  bitwiseAnd: (_, i) => tf.bitwiseAnd(i, tf.add(i, tf.onesLike(i))),
  searchSorted: (x) => [
    tf.lowerBound(tf.tensor1d([-0.5, 0, 0.5]), flat(x)),
    tf.upperBound(tf.tensor1d([-0.5, 0, 0.5]), flat(x)),
  ],
  'image.transform': (x) =>
    tf.image.transform(x as Tensor4D, tf.tensor2d([[1, 0.1, 1, 0, 1, 0.5, 0, 0]]), 'bilinear'),
  'round, step, leakyRelu of whole numbers': (_, i) => [tf.round(i), tf.step(i), tf.leakyRelu(i)],
  'diag of truth values': (_, i) => tf.diag(tf.cast(i, 'bool')),
  'scatterND by a list of rows': (x) => tf.scatterND(tf.tensor1d([2, 0], 'int32'), x, [3, 4, 6, 5]),
  'conv2d, channels first': (x) => tf.conv2d(x as Tensor4D, filter, 1, 'same', 'NCHW'),
  'fused conv2d, channels first': (x) =>
    tf.fused.conv2d({
      ...{ x: x as Tensor4D, filter, strides: 1, pad: 1, dataFormat: 'NCHW', activation: 'relu' },
      bias: tf.tensor1d([0.1, 0.2, 0.3]),
    }),
  'dilated depthwiseConv2d': (x) => tf.depthwiseConv2d(x as Tensor4D, depthFilter, 1, 'same', 'NHWC', 2),
  'maxPool and avgPool that round up': (x) => [
    tf.maxPool(x as Tensor4D, 2, 3, 1, 'ceil'),
    tf.avgPool(x as Tensor4D, 2, 3, 1, 'ceil'),
  ],
  'maxPool3d and avgPool3d in numbers of pixels': (x) => [
    tf.maxPool3d(volume(x), 2, 2, 1),
    tf.avgPool3d(volume(x), 2, 2, 1),
  ],
  maxPoolWithArgmax: (x) => {
    const { result, indexes } = tf.maxPoolWithArgmax(x as Tensor4D, 2, 2, 'same');
    return [outputOf(result), outputOf(indexes)];
  },
};

describe('works in a compiled step as it does op by op:', () => {
  it.each(Object.entries(COMPILED))('%s', async (_, fn) => {
    await besideEager(runner(), ({ x, i }) => named(fn(x!, i!)), { inputs: INPUTS });
  });
});

const REFUSED: Readonly<Record<string, readonly [string, Fn]>> = {
  sparseSegmentSum: [
    'dynamic-shape',
    (x, i) => tf.sparse.sparseSegmentSum(x, [0, 1], tf.slice(tf.relu(i), 0, 2) as Tensor1D),
  ],
  sparseFillEmptyRows: [
    'dynamic-shape',
    (x, i) =>
      outputOf(
        tf.sparse.sparseFillEmptyRows(
          [[0, 1]],
          flat(tf.slice(x, 0, [1, 1, 1, 1])),
          tf.slice(tf.relu(i), 2, 2) as Tensor1D,
          0,
        ).outputValues,
      ),
  ],
  raggedRange: ['dynamic-shape', (x) => outputOf(tf.raggedRange(flat(x), flat(x), flat(x)).rtDenseValues)],
  raggedTensorToTensor: ['value-read', (_, i) => tf.raggedTensorToTensor([2, 3], i, 0, [i], ['ROW_SPLITS'])],
  multinomial: ['random-in-step', (x) => tf.multinomial(flat(x), 3, 5)],
};

describe('is refused in a compiled step, by name:', () => {
  it.each(Object.entries(REFUSED))('%s', async (name, [code, fn]) => {
    const error = await failure(
      runner()
        .step('step', ({ x, i }) => named(fn(x!, i!)))
        .run(INPUTS),
    );
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(name);
  });
});

/** A filter with zeros in its gaps, which an ordinary convolution can take. */
const stretched = (weights: Tensor4D): Tensor4D =>
  tf.tidy(() => {
    const [height, width, ...channels] = weights.shape;
    const apart = tf.pad(tf.reshape(weights, [height, 1, width, 1, -1]), [[0, 0], [0, 1], [0, 0], [0, 1], [0, 0]]); // prettier-ignore
    const whole = tf.reshape(apart, [2 * height, 2 * width, ...channels]);
    return tf.slice(whole, 0, [2 * height - 1, 2 * width - 1, ...channels]) as Tensor4D;
  });

describe('a convolution with gaps has the gradients of one whose filter holds zeros there', () => {
  const x = tf.tensor4d(noise(2 * 7 * 6 * 4, 8), [2, 7, 6, 4]);
  const full = tf.tensor4d(noise(3 * 2 * 4 * 3, 9), [3, 2, 4, 3]);
  const run = { conv2d: tf.conv2d, depthwiseConv2d: tf.depthwiseConv2d };

  it.each([
    ['conv2d', 'same'],
    ['conv2d', 1],
    ['depthwiseConv2d', 'valid'],
    ['depthwiseConv2d', 2],
  ] as const)('%s, padding %s', (name, pad) => {
    const loss = (y: Tensor): Tensor => tf.sum(tf.mul(y, tf.sin(tf.reshape(tf.range(0, y.size), y.shape))));
    const [dx, dw] = tf.grads((a, w) => loss(run[name](a as Tensor4D, w as Tensor4D, 1, pad, 'NHWC', 2)))([
      x,
      full,
    ]);
    const plain = tf.grads((a, w) => loss(run[name](a as Tensor4D, w as Tensor4D, 1, pad)))([
      x,
      stretched(full),
    ]);
    tf.test_util.expectArraysClose(dx!.dataSync(), plain[0]!.dataSync(), 1e-4);
    const kept = tf.stridedSlice(plain[1]!, [0, 0, 0, 0], [...stretched(full).shape], [2, 2, 1, 1]);
    tf.test_util.expectArraysClose(dw!.dataSync(), kept.dataSync(), 1e-4);
  });
});

describe('leaves no tensor behind', () => {
  it.each(
    Object.entries({
      ...COMPILED,
      ...Object.fromEntries(Object.entries(REFUSED).map(([k, [, fn]]) => [k, fn])),
    }),
  )('%s', (_, fn) => {
    const [x, i] = [tf.tensor(INPUTS['x']!.data, [2, 4, 6, 5]), tf.tensor1d([0, 1, 1, 2, 2, 6], 'int32')];
    const before = memory().numTensors;
    let made = 0;
    try {
      const results = tf.tidy(() => fn(x, i));
      made = [results].flat().length;
      tf.dispose(results);
    } catch {
      // These numbers are none for it; what it had made must be gone all the same.
    }
    expect(made).toBeGreaterThanOrEqual(0);
    expect(memory().numTensors).toBe(before);
  });
});

it('says in the words of tfjs what is wrong with ragged rows', () => {
  expect(() => tf.raggedRange([1], [5], [0])).toThrow('Requires delta != 0');
});

it('draws the same classes for the same seed, by logits and by probabilities', () => {
  const draw = (seed: number, normalized: boolean): number[] =>
    Array.from(tf.multinomial(tf.tensor1d([0.2, 0.5, 0.3]), 50, seed, normalized).dataSync());
  expect(draw(7, true)).toEqual(draw(7, true));
  expect(draw(7, false)).not.toEqual(draw(8, false));
});

it('refuses an einsum whose output has a letter that no input has', () => {
  expect(() => tf.einsum('ij,jk->in', tf.ones([2, 3]), tf.ones([3, 2]))).toThrow(/label n not present/);
});
