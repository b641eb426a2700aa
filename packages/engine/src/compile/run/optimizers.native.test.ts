import * as tf from '@tensorflow/tfjs';
import { float32, type NdArrays, type StepFunction } from '@understory/core';
import { afterEach, expect, it } from 'vitest';
import { firstNumber, noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

const batch = (seed: number): NdArrays => ({
  x: float32(noise(24, seed), [6, 4]),
  y: float32(noise(6, seed + 1), [6, 1]),
});

/** A linear fit, its weights, and a step as the documentation of `tf.train` writes it. */
const fit = (optimizer: tf.Optimizer): { readonly step: StepFunction; readonly weights: tf.Variable[] } => {
  const w = tf.variable(tf.tensor2d(noise(4, 7), [4, 1]));
  const b = tf.variable(tf.zeros([1]));
  const step: StepFunction = ({ x, y }) => ({
    loss: optimizer.minimize(
      () => tf.mean(tf.square(tf.sub(tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b), y!))),
      true,
    )!,
  });
  return { step, weights: [w, b] };
};

const eagerly = (step: StepFunction, inputs: NdArrays): number =>
  tf.tidy(() => {
    const given = Object.entries(inputs).map(
      ([name, { data, shape }]) => [name, tf.tensor(data, [...shape])] as const,
    );
    return step(Object.fromEntries(given)).loss!.dataSync()[0]!;
  });

it.each<[string, () => tf.Optimizer]>([
  ['sgd', () => tf.train.sgd(0.1)],
  ['momentum', () => tf.train.momentum(0.1, 0.9)],
  ['momentum with Nesterov', () => tf.train.momentum(0.1, 0.9, true)],
  ['adagrad', () => tf.train.adagrad(0.1)],
  ['adadelta', () => tf.train.adadelta(1, 0.9)],
  ['adam', () => tf.train.adam(0.05)],
  ['adamax', () => tf.train.adamax(0.05)],
  ['rmsprop', () => tf.train.rmsprop(0.01, 0.9)],
  ['rmsprop, centred', () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7, true)],
])('tf.train.%s gives in a compiled step what it gives op by op, over 20 steps', async (_, make) => {
  const [eager, compiled] = [fit(make()), fit(make())];
  const engine = runner();
  const step = engine.step('train', compiled.step);
  const losses: number[] = [];
  for (let i = 0; i < 20; i++) {
    losses.push(eagerly(eager.step, batch(i)));
    const loss = await firstNumber(step, batch(i));
    expect(Math.abs(loss / losses.at(-1)! - 1), `step ${i}`).toBeLessThan(1e-4);
  }
  const live = await engine.read(compiled.weights);
  for (const [i, weight] of eager.weights.entries())
    weight.dataSync().forEach((value, k) => expect(live[i]!.data[k]).toBeCloseTo(value, 4));
  expect(new Set(losses).size).toBe(20);
});
