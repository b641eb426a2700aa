import * as tf from '@tensorflow/tfjs';
import { float32, int32, type StepFunction } from '@understory/core';
import { afterEach, expect, it } from 'vitest';
import { noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

const [ROWS, BLOCK] = [2048, 256];

/** How like each row is to those of its label, some rows at a time: two matrices a block, which are made of small values. */
const inBlocks: StepFunction = ({ x, labels }) => {
  const rows = x as tf.Tensor2D;
  const parts = Array.from({ length: ROWS / BLOCK }, (_, k) => {
    const similarities = tf.matMul(tf.slice(rows, [k * BLOCK, 0], [BLOCK, -1]), rows, false, true);
    const own = tf.slice(labels as tf.Tensor1D, k * BLOCK, BLOCK);
    const alike = tf.cast(tf.equal(tf.expandDims(own, 1), tf.expandDims(labels!, 0)), 'float32');
    return tf.sum(tf.mul(similarities, alike), 1);
  });
  return { sums: tf.concat(parts) };
};

it('makes the large matrices of a block when those of the block before have become small again', async () => {
  const inputs = {
    x: float32(noise(ROWS * 16, 1), [ROWS, 16]),
    labels: int32(
      Int32Array.from({ length: ROWS }, (_, i) => i % 10),
      [ROWS],
    ),
  };
  const { nodes } = await runner().step('blocks', inBlocks).profile(inputs);
  const order = [...nodes]
    .sort((a, b) => a.start - b.start)
    .flatMap(({ op }) => /MatMul|Equal|Sum/.exec(op)?.[0] ?? []);
  const blocks = Array.from({ length: ROWS / BLOCK }, (_, k) => order.slice(3 * k, 3 * k + 3).sort());
  expect(blocks).toEqual(blocks.map(() => ['Equal', 'MatMul', 'Sum']));
});
