import * as tf from '@tensorflow/tfjs';
import type { NdArray, StepFunction } from '@understory/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ownAddon } from '../graph/native.ts';
import { differenceOf, filled, hashOf, runnerPool } from '../testing/runnerPool.ts';

const native = ownAddon();
const best = native.instructionSets().at(-1) ?? 'base';
const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);
afterAll(() => native.useInstructionSet(best));

const sum =
  (axes: number[], keepDims = false): StepFunction =>
  ({ x }) => ({ y: tf.sum(x!, axes, keepDims) });

/** In double precision. */
const columnsOf = ({ data, shape }: NdArray): number[] => {
  const columns = shape.at(-1)!;
  const sums = Array<number>(columns).fill(0);
  for (const [i, number] of data.entries()) sums[i % columns]! += number;
  return sums;
};

describe.each([
  [
    [3, 700, 129],
    [0, 1],
  ],
  [[70_001, 4], [0]],
  [
    [2, 64, 65, 33],
    [0, 2, 1],
  ],
])('a sum over the rows of %j', (shape, axes) => {
  const x = filled(1, ...shape);

  it.each(native.instructionSets())('is exact to six digits by %s', async (set) => {
    native.useInstructionSet(set);
    const { y } = await runner().step('sum', sum(axes)).run({ x });
    native.useInstructionSet(best);
    expect(y!.shape).toEqual(shape.slice(-1));
    expect(differenceOf(y!.data, columnsOf(x))).toBeLessThan(1e-6);
  });

  it('is the addon’s, with the same bits by one thread and by two', async () => {
    const hashes = new Set<string>();
    for (const intra of [1, 2]) {
      const step = runner({ threads: { intra } }).step('sum', sum(axes));
      hashes.add(hashOf(await step.run({ x })));
      expect((await step.profile({ x })).ops.map(({ op }) => op)).toContain('UnderstoryColumnSum');
    }
    expect(hashes.size).toBe(1);
  });
});

it.each<[string, number[], number[], boolean]>([
  ['few numbers', [100, 20], [0], false],
  ['other axes', [3, 700, 129], [1], false],
  ['all axes', [3, 700, 129], [0, 1, 2], false],
  ['axes that are kept', [3, 700, 129], [0, 1], true],
])('a sum of %s stays TensorFlow’s', async (_, shape, axes, keepDims) => {
  const { ops } = await runner()
    .step('sum', sum(axes, keepDims))
    .profile({ x: filled(1, ...shape) });
  expect(ops.map(({ op }) => op)).not.toContain('UnderstoryColumnSum');
});

describe.each([[[3, 700, 129]], [[70_001]], [[3, 3, 5, 1]], [[1]]])('a sum of the squares of %j', (shape) => {
  const x = filled(1, ...shape);
  const norm: StepFunction = ({ x }) => ({ y: tf.sum(tf.square(x!)) });
  const exact = [...x.data].reduce((sum, number) => sum + number ** 2, 0);

  it.each(native.instructionSets())('is exact to six digits by %s', async (set) => {
    native.useInstructionSet(set);
    const { y } = await runner().step('norm', norm).run({ x });
    native.useInstructionSet(best);
    expect(y!.shape).toEqual([]);
    expect(Math.abs(y!.data[0]! / exact - 1)).toBeLessThan(1e-6);
  });

  it('writes no squares, and has the same bits by one thread and by two', async () => {
    const hashes = new Set<string>();
    for (const intra of [1, 2]) {
      const step = runner({ threads: { intra } }).step('norm', norm);
      hashes.add(hashOf(await step.run({ x })));
      const ops = (await step.profile({ x })).ops.map(({ op }) => op);
      expect(ops).toContain('UnderstorySquareSum');
      expect(ops).not.toContain('Square');
    }
    expect(hashes.size).toBe(1);
  });
});

it.each<[string, StepFunction]>([
  ['over some axes', ({ x }) => ({ y: tf.sum(tf.square(x!), 1) })],
  ['over axes that are kept', ({ x }) => ({ y: tf.sum(tf.square(x!), [0, 1], true) })],
  ['of no squares', ({ x }) => ({ y: tf.sum(tf.sqrt(x!)) })],
])('a sum %s is no sum of squares', async (_, fn) => {
  const { ops } = await runner()
    .step('sum', fn)
    .profile({ x: filled(1, 40, 30) });
  expect(ops.map(({ op }) => op)).not.toContain('UnderstorySquareSum');
});
