import * as tf from '@tensorflow/tfjs';
import { batchNormTraining, float32, type NdArray, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { differenceOf, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

const normal = <R extends tf.Rank>(shape: tf.ShapeMap[R], seed: number): tf.Tensor<R> =>
  tf.randomNormal(shape, 0, 0.5, 'float32', seed);

/** Convolutions, batch norm, ReLU, residual, pooling, attention, a dense layer, similarities; updated once by its gradients. */
const network = (): { step: StepFunction; variables: tf.Variable[] } => {
  const conv = tf.variable(normal<tf.Rank.R4>([3, 3, 16, 16], 1));
  const dense = tf.variable(normal<tf.Rank.R2>([16, 8], 2));
  const step: StepFunction = ({ x }) => {
    const loss = (): tf.Scalar => {
      const norm = (input: tf.Tensor): tf.Tensor4D =>
        batchNormTraining(input as tf.Tensor4D, tf.ones([16]), tf.zeros([16]), 1e-5).y;
      const first = tf.relu(norm(tf.conv2d(x as tf.Tensor4D, conv, 1, 'same')));
      const second = tf.relu(tf.add(norm(tf.conv2d(first, conv, 1, 'same')), first));
      const flat = tf.reshape(tf.maxPool(second as tf.Tensor4D, 2, 2, 'same'), [-1, 16]);
      const tokens = tf.reshape<tf.Rank.R3>(tf.matMul(flat, dense), [4, -1, 8]);
      const attended = tf.matMul(tf.softmax(tf.matMul(tokens, tokens, false, true)), tokens);
      const rows: tf.Tensor2D = tf.mean(attended, 1);
      return tf.mean(tf.square(tf.matMul(rows, rows, false, true)));
    };
    const { value, grads } = tf.variableGrads(loss, [conv, dense]);
    const [forFilter, forDense] = Object.values(grads) as [tf.Tensor4D, tf.Tensor2D];
    conv.assign(tf.sub(conv, tf.mul(forFilter, 0.01)));
    dense.assign(tf.sub(dense, tf.mul(forDense, 0.01)));
    return { loss: value, filter: forFilter, dense: forDense };
  };
  return { step, variables: [conv, dense] };
};

const shape = [4, 6, 6, 16];
const inputs = { x: float32(normal<tf.Rank.R4>([4, 6, 6, 16], 5).dataSync() as Float32Array, shape) };

describe('a step in bfloat16', () => {
  it('gives losses, gradients and weights that are close to float32', async () => {
    const both: Record<string, NdArray>[] = [];
    for (const precision of ['float32', 'bfloat16'] as const) {
      const { step, variables } = network();
      const run = runner({ precision });
      const results = await run.step('step', step).run(inputs);
      both.push({ ...results, weights: (await run.read(variables))[0]! });
    }
    const [whole, half] = both;
    for (const [name, array] of Object.entries(whole!)) {
      const difference = differenceOf(half![name]!.data, array.data);
      // Rounding switches some ReLUs, which the gradients feel more than the loss.
      expect(difference, name).toBeLessThan(name === 'loss' ? 0.03 : 0.1);
      if (name !== 'weights') expect(difference, name).toBeGreaterThan(1e-5);
    }
  });

  it('keeps similarities, softmax and updates in float32, and casts nothing there and back', async () => {
    const { ops } = await runner({ precision: 'bfloat16' }).step('step', network().step).profile(inputs);
    const count = (name: string): number => ops.find(({ op }) => op === name)?.count ?? 0;
    expect(count('UnderstoryConv')).toBe(2);
    expect(count('UnderstoryBatchNorm')).toBe(2);
    // Into it: the images, and the gradient that comes to the pooling. Out of it: what goes into the dense layer.
    expect(count('Cast')).toBe(3);
  });
});
