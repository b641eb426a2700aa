import * as tf from '@tensorflow/tfjs';
import { float32, type StepFunction } from '@understory/core';
import { afterEach, expect, it } from 'vitest';
import { noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

const LAYERS = 4;
const filterOf = (seed: number) => float32(noise(3 * 3 * 8 * 8, seed), [3, 3, 8, 8]);

/** The gradients of a chain of convolutions by its images and its filters. */
const chain: StepFunction = (inputs) => {
  const filters = Array.from({ length: LAYERS }, (_, i) => inputs[`w${i}`] as tf.Tensor4D);
  const loss = (x: tf.Tensor, ...ws: tf.Tensor[]): tf.Scalar =>
    tf.sum(
      tf.square(ws.reduce((y, w) => tf.relu(tf.conv2d(y as tf.Tensor4D, w as tf.Tensor4D, 1, 'same')), x)),
    );
  const gradients = tf.grads(loss)([inputs['x']!, ...filters]);
  return Object.fromEntries(gradients.map((gradient, i) => [`d${i}`, gradient]));
};

it('computes the gradient of a filter before that of its images, so that neither map nor gradient waits', async () => {
  const filters = Array.from({ length: LAYERS }, (_, i) => [`w${i}`, filterOf(i)] as const);
  const inputs = { x: float32(noise(2 * 9 * 9 * 8, 9), [2, 9, 9, 8]), ...Object.fromEntries(filters) };
  const { nodes } = await runner().step('chain', chain).profile(inputs);
  const order = [...nodes]
    .sort((a, b) => a.start - b.start)
    .flatMap(({ op }) => /^UnderstoryConv(Filter|Input)Grad$/.exec(op)?.[1] ?? []);
  expect(order).toEqual(Array.from({ length: LAYERS }, () => ['Filter', 'Input']).flat());
});
