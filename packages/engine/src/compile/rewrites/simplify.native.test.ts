import * as tf from '@tensorflow/tfjs';
import { float32, type StepFunction } from '@understory/core';
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

describe('a tensor of zeros or ones like another', () => {
  it('takes no room in the graph, and gives what eager gives', async () => {
    const like: StepFunction = ({ x }) => ({ zeros: tf.zerosLike(x!), ones: tf.onesLike(x!) });
    const step = runner().step('like', like);
    const x = float32(noise(12, 1), [3, 4]);
    const { zeros, ones } = await step.run({ x });
    expect([...zeros!.data]).toEqual(Array<number>(12).fill(0));
    expect([...ones!.data]).toEqual(Array<number>(12).fill(1));
    expect(ones!.shape).toEqual([3, 4]);
    const ops = (await step.profile({ x })).ops.map(({ op }) => op);
    expect(ops.filter((op) => /Like$/.test(op))).toEqual([]);
  });
});
