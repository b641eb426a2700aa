import * as tf from '@tensorflow/tfjs';
import { float32 } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

describe('a product with ones', () => {
  it.each([100, 400_000])('of %d numbers is nothing', async (length) => {
    const step = runner().step('ones', ({ x }) => ({ y: tf.mul(x!, tf.ones([length])) }));
    const x = float32(noise(length, 1), [length]);
    const { data } = (await step.run({ x })).y!;
    expect(data.every((number, i) => number === x.data[i])).toBe(true);
    expect((await step.profile({ x })).ops.map(({ op }) => op)).not.toContain('Mul');
  });
});
