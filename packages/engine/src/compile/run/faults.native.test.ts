import * as tf from '@tensorflow/tfjs';
import { float32, UnderstoryError, type NdArray } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { compiledRunner } from './compiledRunner.ts';

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof UnderstoryError ? error.code : String(error)),
  );

const square = (n: number): NdArray => float32(new Float32Array(n * n).fill(0.001), [n, n]);

/** A step that takes a while: matrix products in a row. */
const slow =
  (times: number) =>
  ({ x }: Record<string, tf.Tensor>) => {
    let y = x as tf.Tensor2D;
    for (let i = 0; i < times; i++) y = tf.matMul(y, x as tf.Tensor2D);
    return { y: tf.sum(y) };
  };

describe('a runner', () => {
  it('lives on after running out of memory', async () => {
    const runner = compiledRunner();
    const huge = runner.step('huge', ({ x }) => ({ y: tf.sum(tf.tile(x!, [2 ** 21, 2 ** 21])) }));
    await expect(huge.run({ x: float32([1], [1, 1]) })).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/step "huge", op huge\/Tile_\d+/) as string,
    });
    const fine = runner.step('fine', ({ x }) => ({ y: tf.sum(x!) }));
    expect((await fine.run({ x: square(3) })).y!.data[0]).toBeCloseTo(0.009, 6);
    runner.dispose();
  });

  it('lives on after an op has failed, and names it', async () => {
    const runner = compiledRunner();
    const gather = runner.step('gather', ({ x, at }) => ({ y: tf.gather(x!, at as tf.Tensor1D) }));
    const inputs = (at: number): Record<string, NdArray> => ({
      x: float32([1, 2], [2]),
      at: { dtype: 'int32', shape: [1], data: Int32Array.of(at) },
    });
    await expect(gather.run(inputs(9))).rejects.toMatchObject({
      code: 'op-failed',
      message: expect.stringMatching(/gather\/GatherV2_\d+/) as string,
    });
    expect((await gather.run(inputs(1))).y!.data[0]).toBe(2);
    runner.dispose();
  });

  it('ends what runs when it is disposed, and refuses what comes later', async () => {
    const runner = compiledRunner();
    const step = runner.step('slow', slow(300));
    // Traced before, so that the wait below is one for runs that last some hundred milliseconds each.
    await step.run({ x: square(600) });
    const running = [codeOf(step.run({ x: square(600) })), codeOf(step.run({ x: square(600) }))];
    await new Promise((resolve) => setTimeout(resolve, 20));
    runner.dispose();
    runner.dispose();
    expect(await Promise.all(running)).toEqual(['session-closed', 'session-closed']);
    expect(await codeOf(step.run({ x: square(600) }))).toBe('session-closed');
    expect(await codeOf(runner.read([]))).toBe('session-closed');
  });

  it('leaves the event loop free while a step runs', async () => {
    const runner = compiledRunner();
    const step = runner.step('slow', slow(30));
    const inputs = { x: square(600) };
    await step.run(inputs);
    let [turns, running] = [0, true];
    const turn = (): void => {
      turns += 1;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    await step.run(inputs);
    running = false;
    runner.dispose();
    // A run on the loop's own thread would let it turn once or twice; how long turns take is measured in benchmarks/.
    expect(turns).toBeGreaterThan(50);
  });

  it('keeps memory and tensors flat over 1,000 runs', async () => {
    const runner = compiledRunner();
    const v = tf.variable(tf.zeros([256, 256]));
    const step = runner.step('accumulate', ({ x }) => {
      v.assign(tf.add(v, x!));
      return { total: tf.sum(v), copy: tf.clone(v) };
    });
    const inputs = { x: square(256) };
    const run = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) await step.run(inputs);
    };
    await run(300);
    global.gc?.();
    const [tensors, memory] = [tf.memory().numTensors, process.memoryUsage.rss()];
    await run(1000);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(process.memoryUsage.rss() - memory).toBeLessThan(64 * 2 ** 20); // a run hands out 256 kB
    expect((await step.run(inputs)).total!.data[0]).toBeCloseTo(256 * 256 * 0.001 * 1301, -1);
    runner.dispose();
  });
});
