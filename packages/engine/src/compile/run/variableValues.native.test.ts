import * as tf from '@tensorflow/tfjs';
import { float32 } from '@understory/core';
import { afterEach, expect, it } from 'vitest';
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
