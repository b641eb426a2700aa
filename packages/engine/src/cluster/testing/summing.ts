// A worker of a cluster: does what it is told over its channel, and answers what came of it.
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import { float32, type NdArray, type Step, type Workers } from '@understory/core';
import { compiledRunner, type CompiledRunner } from '../../compile/run/compiledRunner.ts';
import { loadEngine } from '../../link/load.ts';
import { numbersOf, type Answer, type Order } from './orders.ts';

/** Sums of several sizes, of which one needs another, and a gradient. */
const sumsOf = (x: tf.Tensor1D, { rank, sum }: Workers): tf.Tensor[] => {
  const whole = sum(x);
  const parts = [1, x.size >> 1].map((length) => sum(tf.slice(x, 0, length)));
  const second = sum(tf.mul(whole, x));
  const gradient = tf.grad((t) => tf.mul(tf.sum(tf.square(sum(t))), rank + 1))(x);
  return [whole, ...parts, second, gradient];
};

const stepOf = (runner: CompiledRunner, floatsAlone: boolean): Step => {
  const { workers } = runner;
  return runner.step(floatsAlone ? 'floats' : 'mixed', (inputs) => {
    const x = inputs['x'] as tf.Tensor1D;
    const sums = sumsOf(x, workers);
    if (!floatsAlone) sums.push(workers.sum(tf.cast(tf.onesLike(x), 'int32')));
    return Object.fromEntries(sums.map((one, i) => [String(i), one]));
  });
};

const digestOf = (arrays: readonly NdArray[]): string => {
  const hash = createHash('sha256');
  for (const { data } of arrays) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
};

let rank = 0;
/** Of the cluster that was joined last, by whether all its sums are of floats. */
let steps: Readonly<Record<string, Step>> = {};

const obey = async (order: Order): Promise<Answer> => {
  if ('join' in order) {
    await loadEngine();
    rank = order.join.rank;
    const runner = compiledRunner({ cluster: order.join });
    steps = { false: stepOf(runner, false), true: stepOf(runner, true) };
    return {};
  }
  const step = steps[String(order.floatsAlone ?? false)]!;
  const [firsts, all]: [string[], string[]] = [[], []];
  for (let i = 0; i < order.steps; i++) {
    const outputs = Object.values(
      await step.run({ x: float32(numbersOf(rank, i, order.length), [order.length]) }),
    );
    firsts.push(digestOf(outputs.slice(0, 1)));
    all.push(digestOf(outputs));
  }
  return { firsts, all };
};

process.on('disconnect', () => process.exit());
process.on('message', (order: Order) => {
  const failed = (error: unknown): Answer => {
    const { code, message } = error as Error & { readonly code?: string };
    return { failed: `${code}: ${message}` };
  };
  void obey(order)
    .catch(failed)
    .then((answer) => process.send!(answer));
});
