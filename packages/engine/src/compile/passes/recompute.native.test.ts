import * as tf from '@tensorflow/tfjs';
import { float32, type Runner, type StepFunction } from '@understory/core';
import { afterEach, expect, it } from 'vitest';
import { hashOf, noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

const LAYERS = 9;
const filters = Object.fromEntries(
  Array.from({ length: LAYERS }, (_, i) => [`w${i}`, float32(noise(3 * 3 * 8 * 8, i), [3, 3, 8, 8])]),
);
const inputs = { x: float32(noise(2 * 9 * 9 * 8, 99), [2, 9, 9, 8]), ...filters };

/** A chain of convolutions, pooled; the gradients of its filters. */
const chain =
  ({ mayRecompute }: Pick<Runner, 'mayRecompute'>): StepFunction =>
  ({ x, ...given }) => {
    const ws = Object.values(given) as tf.Tensor4D[];
    const { value, grads } = tf.valueAndGrads((...all: tf.Tensor[]) => {
      const maps = all.reduce<tf.Tensor4D[]>(
        (ys, w) => [...ys, tf.relu(tf.conv2d(ys.at(-1)!, w as tf.Tensor4D, 1, 'same'))],
        [x as tf.Tensor4D],
      );
      const pooled = tf.mean<tf.Tensor2D>(maps.at(-1)!, [1, 2]);
      const loss = tf.sum<tf.Scalar>(tf.square(pooled));
      mayRecompute?.({ images: x as tf.Tensor4D, taps: maps.slice(-1), pooled, outputs: {} }, loss);
      return loss;
    })(ws);
    return { loss: value, ...Object.fromEntries(grads.map((gradient, i) => [`d${i}`, gradient])) };
  };

it('computes maps again when the gradient has come down to them, and learns the same bits', async () => {
  const [held, again] = [runner(), runner({ recompute: true })];
  const plain = held.step('held', chain(held));
  const step = again.step('again', chain(again));
  expect(hashOf(await step.run(inputs))).toBe(hashOf(await plain.run(inputs)));
  const order = [...(await step.profile(inputs)).nodes]
    .sort((a, b) => a.start - b.start)
    .flatMap(({ op }) => /^UnderstoryConv(?:|FilterGrad)$/.exec(op) ?? []);
  const copies = order.filter((op) => op === 'UnderstoryConv').length - LAYERS;
  expect(copies).toBeGreaterThanOrEqual(3);
  expect(copies).toBeLessThan(LAYERS);
  // Not all at once: some when gradients of filters are known already, and what is nearer to the images later.
  const first = order.indexOf('UnderstoryConvFilterGrad');
  expect(order.slice(first).filter((op) => op === 'UnderstoryConv').length).toBeGreaterThan(1);
  expect(order.lastIndexOf('UnderstoryConv') - first).toBeGreaterThan(copies);
});
