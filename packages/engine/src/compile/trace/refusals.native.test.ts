import * as tf from '@tensorflow/tfjs';
import { float32, int32, type NdArrays, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { failure, firstNumber, runnerPool } from '../testing/runnerPool.ts';
import type { Notice } from './traceContext.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

describe('what a compiled step refuses', () => {
  const count = tf.variable(tf.scalar(1), true, 'count');
  it.each<[string, (x: tf.Tensor) => unknown, RegExp]>([
    ['dataSync', (x) => tf.square(x).dataSync(), /the result of Square/],
    ['data', (x) => tf.square(x).data(), /the result of Square/],
    ['arraySync', (x) => tf.exp(tf.square(x)).arraySync(), /the result of Exp/],
    ['an input', (x) => x.dataSync(), /an input/],
    ['a variable', () => count.dataSync(), /the variable "count"/],
    ['inside an op', (x) => tf.whereAsync(tf.greater(x, 0)), /the result of Greater/],
  ])('values read inside by %s, with the op and the line', async (_, read, what) => {
    const step = runner().step('read', ({ x }) => ({ x: tf.add(x!, read(x!) ? 1 : 2) }));
    const { code, message } = await failure(step.run({ x: float32([1], [1]) }));
    expect(code).toBe('value-read');
    expect(message).toMatch(what);
    expect(message).toMatch(/refusals\.native\.test\.ts:\d+/);
  });

  it.each([
    ['Math.random', (): tf.Tensor => tf.scalar(Math.random())],
    ['tf.randomUniform', (): tf.Tensor => tf.randomUniform([2])],
    ['tf.randomNormal', (): tf.Tensor => tf.randomNormal([2], 0, 1, 'float32', 7)],
    ['tf.dropout', (): tf.Tensor => tf.dropout(tf.ones([4]), 0.5)],
    ['tf.multinomial', (): tf.Tensor => tf.multinomial(tf.tensor1d([1, 1]), 1, 3)],
  ])('random numbers of %s', async (name, draw) => {
    const { code, message } = await failure(
      runner()
        .step('random', () => ({ x: draw() }))
        .run({}),
    );
    expect(code).toBe('random-in-step');
    expect(message).toContain(name);
    expect(message).toMatch(/refusals\.native\.test\.ts:\d+/);
    expect(Math.random()).toBeLessThan(1); // works again
  });

  it('errors that the step swallows', async () => {
    const step = runner().step('swallow', ({ x }) => {
      try {
        x!.dataSync();
      } catch {
        // goes on as if nothing had been
      }
      return { x: tf.clone(x!) };
    });
    expect((await failure(step.run({ x: float32([1], [1]) }))).code).toBe('value-read');
  });

  it('inputs that are missing, unknown, of another type or of another size', async () => {
    const step = runner().step('add', ({ a, b }) => ({ sum: tf.add(a!, b!) }));
    const a = float32([1, 2], [2]);
    await step.run({ a, b: a });
    const refused = async (inputs: NdArrays, words: RegExp): Promise<void> => {
      const error = await failure(step.run(inputs));
      expect(error.code).toBe('invalid-input');
      expect(error.message).toMatch(words);
    };
    await refused({ a }, /"b".*missing/);
    await refused({ a, b: a, c: a }, /"c".*not known/);
    await refused({ a, b: int32([1, 2], [2]) }, /"b".*int32.*float32/);
    await refused({ a, b: { ...a, shape: [3] } }, /"b".*2 numbers.*wants 3/);
    await refused({ a, b: { ...a, data: Int32Array.of(1, 2) } }, /"b".*Int32Array/);
    expect(await firstNumber(step, { a, b: a })).toBe(2);
  });

  it('more shapes than are allowed, and names them', async () => {
    const notices: Notice[] = [];
    const step = runner({ maxTraces: 2, onNotice: (notice) => notices.push(notice) }).step(
      'sum',
      ({ x }) => ({ sum: tf.sum(x!) }),
    );
    const ones = (n: number): NdArrays => ({ x: float32(new Float32Array(n).fill(1), [n]) });
    expect(await firstNumber(step, ones(2))).toBe(2);
    expect(await firstNumber(step, ones(3))).toBe(3);
    expect(notices.map(({ code }) => code)).toEqual(['traced-again']);
    const { code, message } = await failure(step.run(ones(4)));
    expect(code).toBe('too-many-traces');
    expect(message).toMatch(/x \[4\].*x \[2\]; x \[3\]/);
    expect(await firstNumber(step, ones(2))).toBe(2);
  });

  it('an op that TensorFlow or the device lacks', async () => {
    const engine = runner();
    const execute =
      (op: string): StepFunction =>
      () => {
        const native = tf.backend() as unknown as {
          executeSingleOutput(op: string, attrs: unknown[], inputs: tf.Tensor[]): tf.Tensor;
        };
        return { x: native.executeSingleOutput(op, [{ name: 'T', type: 4, value: 1 }], [tf.ones([2])]) };
      };
    const unknown = await failure(engine.step('unknown', execute('NoSuchOp')).run({}));
    expect(unknown).toMatchObject({
      code: 'op-missing',
      message: expect.stringContaining('NoSuchOp') as string,
    });
    const elsewhere = await failure(engine.step('elsewhere', execute('NcclBroadcast')).run({}));
    expect(elsewhere).toMatchObject({
      code: 'op-missing',
      message: expect.stringContaining('NcclBroadcast') as string,
    });
    expect(elsewhere.message).toMatch(/refusals\.native\.test\.ts:\d+/);
    expect(await firstNumber(engine.step('fine', () => ({ x: tf.scalar(1) })))).toBe(1);
  });

  it('what the graph cannot infer a shape for, with the op and the line', async () => {
    const step = runner().step('wrong', ({ x }) => ({ y: tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D) }));
    const { code, message } = await failure(step.run({ x: float32(new Float32Array(6), [2, 3]) }));
    expect(code).toBe('op-invalid');
    expect(message).toMatch(/MatMul.*must be equal.*tf\.matMul, at .*refusals\.native\.test\.ts:\d+/);
  });

  it('tensors that are kept beyond the step, shapes that depend on values, and promises', async () => {
    const { numTensors } = tf.memory();
    const engine = runner();
    const kept = engine.step('keep', ({ x }) => ({ x: tf.keep(tf.neg(x!)), y: tf.keep(tf.abs(x!)) }));
    expect((await failure(kept.run({ x: float32([1], [1]) }))).code).toBe('tensor-kept');
    const where = engine.step('where', ({ x }) => {
      const native = tf.backend() as unknown as { where(x: tf.Tensor): tf.Tensor };
      return { x: native.where(tf.greater(x!, 0)) };
    });
    expect((await failure(where.run({ x: float32([1], [1]) }))).code).toBe('dynamic-shape');
    const promise = engine.step('promise', (async () =>
      Promise.resolve({ x: tf.scalar(1) })) as unknown as StepFunction);
    expect((await failure(promise.run({}))).code).toBe('step-output');
    expect(tf.memory().numTensors - numTensors).toBeLessThanOrEqual(1); // the promise's own scalar
  });

  it('an error of the step itself passes through as it is', async () => {
    const { numTensors } = tf.memory();
    const step = runner().step('wrong', ({ x }) => {
      tf.neg(x!);
      throw new RangeError('none of that');
    });
    await expect(step.run({ x: float32([1], [1]) })).rejects.toThrow(new RangeError('none of that'));
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
