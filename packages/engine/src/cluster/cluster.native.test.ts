import * as tf from '@tensorflow/tfjs';
import { float32 } from '@understory/core';
import { expect, it } from 'vitest';
import { compiledRunner, type CompiledRunner } from '../compile/run/compiledRunner.ts';
import { freePorts } from './freePorts.ts';

/** All workers of a cluster in this process, each with a server and a session of its own. */
const cluster = async (size: number, patience = 20): Promise<readonly CompiledRunner[]> => {
  const addresses = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
  return addresses.map((_, rank) => compiledRunner({ cluster: { addresses, rank, patience } }));
};

const onAll = async <T>(
  runners: readonly CompiledRunner[],
  work: (runner: CompiledRunner) => Promise<T>,
): Promise<T[]> => Promise.all(runners.map(work));

it('sums over workers, and sums the gradients of what they sum', async () => {
  const runners = await cluster(2);
  const results = await onAll(runners, async (runner) => {
    const { rank, sum } = runner.workers;
    const step = runner.step('sum', ({ x }) => {
      const { value, grad } = {
        value: sum(x!),
        grad: tf.grad((t) => tf.mul(tf.sum(tf.square(sum(t))), rank + 1))(x!),
      };
      return { value, grad };
    });
    const out = await step.run({ x: float32([1 + rank, 10 * (1 + rank)], [2]) });
    return [[...out.value!.data], [...out.grad!.data]];
  });
  // x = 1 and 2: y = 3; the gradient of (1 + 2) · y² is 18
  expect(results).toEqual(
    [0, 1].map(() => [
      [3, 30],
      [18, 180],
    ]),
  );
  runners.forEach((r) => r.dispose());
});
