import * as tf from '@tensorflow/tfjs';
import { float32 } from '@understory/core';
import { afterEach, expect, it } from 'vitest';
import { failure, firstNumber, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

it('a guarded step assigns nothing where an output is not finite, and names the output', async () => {
  const v = tf.variable(tf.scalar(1));
  const engine = runner();
  const fn = ({ x }: Record<string, tf.Tensor>): Record<string, tf.Tensor> => {
    v.assign(tf.add(v, x!));
    return { count: tf.scalar(1, 'int32'), logarithm: tf.log(x!) };
  };
  const guarded = engine.step('guarded', fn, { guard: true });
  await guarded.run({ x: float32([1], []) });
  const { code, message } = await failure(guarded.run({ x: float32([-1], []) }));
  expect(code).toBe('not-finite');
  expect(message).toMatch(/"guarded".*logarithm.*NaN/);
  expect((await engine.read([v]))[0]!.data[0]).toBe(2);
  await guarded.run({ x: float32([3], []) });
  expect((await engine.read([v]))[0]!.data[0]).toBe(5);
  const free = engine.step('free', fn);
  await free.run({ x: float32([-1], []) });
  expect(await firstNumber(engine.step('v', () => ({ v: tf.clone(v) })))).toBe(4);
});
