import * as tf from '@tensorflow/tfjs';
import { float32 } from '@understory/core';
import { afterEach, expect, it, vi } from 'vitest';
import { GraphBuilder } from '../graph/graphBuilder.ts';
import { Session } from './session.ts';
import { runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

it('reads and writes more than goes in one turn, in order, whether a step uses a variable or not', async () => {
  const sizes = [1_500_000, 3, 900_000, 2_500_000, 1, 700_000]; // 22 MB; the fourth alone is more than a turn's share
  const variables = sizes.map((size, i) => tf.variable(tf.fill([size], i)));
  const engine = runner();
  const step = engine.step('grow', () => {
    for (const v of variables.slice(0, 4)) v.assign(tf.add(v, 10));
    return { sum: tf.sum(variables[1]!) };
  });
  await step.run({});
  const ends = async (): Promise<unknown> =>
    (await engine.read(variables)).map(({ shape, data }) => [shape[0], data[0], data.at(-1)]);
  expect(await ends()).toEqual(sizes.map((size, i) => [size, i < 4 ? i + 10 : i, i < 4 ? i + 10 : i]));
  await engine.write(
    variables,
    sizes.map((size, i) => float32(new Float32Array(size).fill(100 + i), [size])),
  );
  await step.run({});
  expect(await ends()).toEqual(
    sizes.map((size, i) => [size, i < 4 ? 110 + i : 100 + i, i < 4 ? 110 + i : 100 + i]),
  );
  for (const v of variables) v.dispose();
});

it('adds no node between the runs that bring values in or out, and its step only after all are in', async () => {
  const variables = [0, 1, 2].map((i) => tf.variable(tf.fill([2_500_000], i)));
  const engine = runner();
  const step = engine.step('grow', () => {
    for (const v of variables) v.assign(tf.add(v, 10));
    return { sum: tf.sum(variables[1]!) };
  });
  const added = vi.spyOn(GraphBuilder.prototype, 'add');
  const ran = vi.spyOn(Session.prototype, 'run');
  const told = (): string[] =>
    [...added.mock.invocationCallOrder.map((at) => ({ at, what: 'add' }))]
      .concat(ran.mock.calls.map(([{ name }], i) => ({ at: ran.mock.invocationCallOrder[i]!, what: name })))
      .sort((a, b) => a.at - b.at)
      .map(({ what }) => what)
      .filter((what, i, all) => what !== 'add' || all[i - 1] !== 'add');
  await step.run({});
  expect(told()).toEqual(['add', ...Array<string>(3).fill('values of variables'), 'add', 'grow']);
  vi.clearAllMocks();
  await engine.read(variables);
  await engine.write(
    variables,
    variables.map(() => float32(new Float32Array(2_500_000), [2_500_000])),
  );
  expect(told()).toEqual(['add', 'read', ...Array<string>(3).fill('values of variables')]);
  vi.restoreAllMocks();
  for (const v of variables) v.dispose();
});
