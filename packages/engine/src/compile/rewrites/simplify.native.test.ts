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

describe('a transposition', () => {
  const opsOf = async (perm: number[]): Promise<string[]> => {
    const step = runner().step('transpose', ({ x }) => ({ y: tf.square(tf.transpose(x!, perm)) }));
    return (await step.profile({ x: float32(noise(12, 1), [3, 4]) })).ops.map(({ op }) => op);
  };
  it('that leaves the axes in their order is nothing', async () => {
    expect(await opsOf([0, 1])).not.toContain('Transpose');
    expect(await opsOf([1, 0])).toContain('Transpose');
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
