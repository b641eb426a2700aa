import * as tf from '@tensorflow/tfjs';
import { float32, type NdArray, type NdArrays } from '@understory/core';
import { expect, it } from 'vitest';
import { failure, firstNumber } from '../testing/runnerPool.ts';
import type { Notice } from '../trace/traceContext.ts';
import { compile } from './compile.ts';

const x = (...numbers: number[]): NdArrays => ({ x: float32(numbers, [numbers.length]) });

it('makes a graph of a function, with variables that are read and written', async () => {
  const total = tf.variable(tf.scalar(1));
  const notices: Notice[] = [];
  const add = compile(
    function addUp({ x }) {
      total.assign(tf.add(total, tf.sum(x!)));
      return { total: tf.add(total, 0) };
    },
    { maxTraces: 2, onNotice: (notice) => notices.push(notice) },
  );
  expect(await firstNumber(add, x(1, 2))).toBe(4);
  await add.write([total], [float32([10], [])]);
  expect(await firstNumber(add, x(5))).toBe(15);
  expect((await add.read([total])).map(({ data }: NdArray) => data[0])).toEqual([15]);
  expect(notices).toMatchObject([
    { code: 'traced-again', message: expect.stringMatching(/"addUp".*2 of at most 2/) as string },
  ]);
  expect((await failure(add.run(x(1, 2, 3)))).code).toBe('too-many-traces');
  expect((await add.profile(x(1, 2))).ops.some(({ op }) => op === 'Sum')).toBe(true);
  add.dispose();
  expect((await failure(add.run(x(1)))).code).toBe('session-closed');
});

it('means numbers of every type, as eager steps do', async () => {
  const means = compile(({ x }) => {
    const whole = tf.cast(x!, 'int32');
    return { int32: tf.mean(whole), bool: tf.mean(tf.greater(x!, 1)), variance: tf.moments(whole).variance };
  });
  const told = await means.run(x(1, 2, 4, 5));
  expect(Object.fromEntries(Object.entries(told).map(([name, { data }]) => [name, data[0]]))).toEqual({
    ...{ int32: 3, bool: 0.75, variance: 2.5 },
  });
  means.dispose();
});

it('keeps a guarded function from assigning what is not finite', async () => {
  const last = tf.variable(tf.scalar(1));
  const log = compile(
    ({ x }) => {
      last.assign(tf.sum(x!));
      return { log: tf.sum(tf.log(x!)) };
    },
    { name: 'log', guard: true },
  );
  await log.run(x(2));
  expect(await failure(log.run(x(-1)))).toMatchObject({ code: 'not-finite' });
  expect((await log.read([last]))[0]!.data[0]).toBe(2);
  log.dispose();
});
