import * as tf from '@tensorflow/tfjs';
import { batchNormTraining, type NdArrays, type StepFunction } from '@understory/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ownAddon } from '../graph/native.ts';
import { PRECISIONS } from '../target.ts';
import { besideEager } from '../testing/besideEager.ts';
import { filled, hashOf, runnerPool } from '../testing/runnerPool.ts';

const native = ownAddon();
const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);
afterAll(() => native.useInstructionSet(native.instructionSets().at(-1) ?? 'base'));

const LEARNED = ['x', 'into', 'each', 'along', 'out', 'scale', 'offset'] as const;
type Named = Readonly<Record<string, tf.Tensor>>;

/** Norms behind 1×1 and depthwise convolutions, one with a residual addition. */
const apply = (strides: 1 | 2, { x, into, each, along, out, scale, offset }: Named): tf.Tensor => {
  const norm = (map: tf.Tensor): tf.Tensor =>
    batchNormTraining(map as tf.Tensor4D, scale as tf.Tensor1D, offset as tf.Tensor1D, 1e-3).y;
  const conv = (map: tf.Tensor, filter: tf.Tensor, by: 1 | 2 = 1): tf.Tensor =>
    tf.conv2d(map as tf.Tensor4D, filter as tf.Tensor4D, by, 0);
  const wide = tf.relu6(norm(conv(x!, into!)));
  const deep = tf.relu6(norm(tf.depthwiseConv2d(wide as tf.Tensor4D, each as tf.Tensor4D, strides, 1)));
  const sum = tf.relu(tf.add(norm(conv(deep, along!)), deep));
  return tf.add(norm(conv(sum, out!)), norm(conv(wide, out!, strides)));
};

const forward =
  (strides: 1 | 2): StepFunction =>
  (inputs) => ({ y: apply(strides, inputs) });

/** The gradients of all that learns. */
const backward =
  (strides: 1 | 2): StepFunction =>
  (inputs) => {
    const named = (values: readonly tf.Tensor[]): Named =>
      Object.fromEntries(LEARNED.map((name, i) => [name, values[i]!]));
    const gradients = tf.grads((...values: tf.Tensor[]) => apply(strides, named(values)));
    return named(
      gradients(
        LEARNED.map((name) => inputs[name]!),
        inputs['dy'],
      ),
    );
  };

/** Neither lots of rows nor vectors of channels come out even. */
const inputsOf = (strides: 1 | 2): NdArrays => {
  const [height, width] = [23 * strides, 25 * strides];
  return {
    ...{ x: filled(1, 4, height, width, 24), dy: filled(2, 4, 23, 25, 120) },
    ...{ into: filled(3, 1, 1, 24, 120), each: filled(4, 3, 3, 120, 1) },
    ...{ along: filled(5, 1, 1, 120, 120), out: filled(6, 1, 1, 120, 120) },
    ...{ scale: filled(7, 120), offset: filled(8, 120) },
  };
};

/** Of what the norms give, and of gradients, in which a ReLU at its bend may let back one number more or less. */
const WITHIN = {
  float32: [1e-5, 2e-3],
  bfloat16: [0.02, 0.08],
  'bfloat16-stored': [0.02, 0.08],
} as const;

describe.each(native.instructionSets())(
  'norms that convolutions tell of their rows, by kernels of %s',
  (set) => {
    it.each(PRECISIONS.flatMap((precision) => [[precision, 1] as const, [precision, 2] as const]))(
      'give what they give op by op, in %s, stride %d',
      async (precision, strides) => {
        expect(native.useInstructionSet(set)).toBe(true);
        const inputs = inputsOf(strides);
        const [within, withinGradients] = WITHIN[precision];
        await besideEager(runner({ precision }), forward(strides), { inputs, within });
        await besideEager(runner({ precision }), backward(strides), { inputs, within: withinGradients });
      },
    );
  },
);

// Its result is what a convolution's gradient is, and its gradient a convolution.
describe.each([1, 2] as const)('a norm beside a transposed convolution of stride %d', (stride) => {
  const spread = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor => {
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const size: [number, number, number, number] = [batch, height * stride, width * stride, channels];
    return tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, size, stride, 'same');
  };
  const normed = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor): tf.Tensor =>
    batchNormTraining(x as tf.Tensor4D, scale as tf.Tensor1D, offset as tf.Tensor1D, 1e-3).y;
  const inputs = {
    ...{ x: filled(1, 1, 64, 64, 64), filter: filled(2, 1, 1, 64, 64) },
    ...{ scale: filled(3, 64), offset: filled(4, 64), dy: filled(5, 1, 64 * stride, 64 * stride, 64) },
  };
  const gradientsOf =
    (apply: (...values: tf.Tensor[]) => tf.Tensor): StepFunction =>
    ({ x, filter, scale, offset, dy }) => {
      const [dx, dFilter, dScale, dOffset] = tf.grads(apply)([x!, filter!, scale!, offset!], dy);
      return { dx: dx!, dFilter: dFilter!, dScale: dScale!, dOffset: dOffset! };
    };
  const ORDERS = {
    'before it': (x, filter, scale, offset) => spread(normed(x, scale, offset), filter),
    'before it, with a ReLU': (x, filter, scale, offset) => spread(tf.relu(normed(x, scale, offset)), filter),
    'behind it': (x, filter, scale, offset) => normed(spread(x, filter), scale, offset),
  } satisfies Record<string, (...values: tf.Tensor[]) => tf.Tensor>;

  it.each(PRECISIONS.flatMap((precision) => Object.keys(ORDERS).map((order) => [order, precision] as const)))(
    '%s, learns what it learns op by op, in %s',
    async (order, precision) => {
      const fn = gradientsOf(ORDERS[order as keyof typeof ORDERS]);
      await besideEager(runner({ precision }), fn, { inputs, within: WITHIN[precision][1] });
    },
  );
});

describe('a norm in a compiled step', () => {
  const inputsTo = async (op: string, inputs: NdArrays): Promise<number[]> => {
    const { nodes } = await runner().step('step', backward(1)).profile(inputs);
    return nodes.flatMap((node) => (node.op === op ? [node.inputs.length] : [])).sort();
  };

  it('is told its moments by the convolution before it, and its gradient’s sums by the one behind it', async () => {
    const inputs = inputsOf(1);
    // x, scale, offset and moments of five norms, one of which has a residual addition.
    expect(await inputsTo('UnderstoryBatchNorm', inputs)).toEqual([4, 4, 4, 4, 5]);
    // Three of five gradients come from convolutions; none has its ReLU left. Two come from outside.
    expect(await inputsTo('UnderstoryBatchNormGrad', inputs)).toEqual([5, 5, 6, 6, 6]);
  });

  it('goes through small maps itself, which are in the cache', async () => {
    const small = { ...inputsOf(1), x: filled(1, 1, 23, 25, 24), dy: filled(2, 1, 23, 25, 120) };
    expect(await inputsTo('UnderstoryBatchNorm', small)).toEqual([3, 3, 3, 3, 4]);
  });

  it.each(PRECISIONS)('gives the same bits by any number of threads, in %s', async (precision) => {
    const inputs = inputsOf(1);
    const hashes = new Set<string>();
    for (const intra of [1, 2, 3, 7]) {
      const step = runner({ precision, threads: { intra } }).step('bits', backward(1));
      hashes.add(hashOf(await step.run(inputs)));
    }
    expect(hashes.size).toBe(1);
  });
});
