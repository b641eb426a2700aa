import * as tf from '@tensorflow/tfjs';
import { batchNormTraining, type NdArrays, type Runner, type StepFunction } from '@understory/core';
import { afterEach, expect, it } from 'vitest';
import type { CompiledRunner } from '../run/compiledRunner.ts';
import { filled, hashOf, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

/** The gradients of a network's filters; `mapsOf` gives its maps, from its images on. */
const gradients =
  (
    { mayRecompute }: Pick<Runner, 'mayRecompute'>,
    mapsOf: (x: tf.Tensor4D, filters: readonly tf.Tensor4D[]) => readonly tf.Tensor4D[],
  ): StepFunction =>
  ({ x, ...given }) => {
    const { value, grads } = tf.valueAndGrads((...filters: tf.Tensor[]) => {
      const maps = mapsOf(x as tf.Tensor4D, filters as tf.Tensor4D[]);
      const pooled = tf.mean<tf.Tensor2D>(maps.at(-1)!, [1, 2]);
      const loss = tf.sum<tf.Scalar>(tf.square(pooled));
      mayRecompute?.({ images: x as tf.Tensor4D, taps: maps.slice(-1), pooled, outputs: {} }, loss);
      return loss;
    })(Object.values(given));
    return { loss: value, ...Object.fromEntries(grads.map((gradient, i) => [`d${i}`, gradient])) };
  };

const chain = (x: tf.Tensor4D, filters: readonly tf.Tensor4D[]): tf.Tensor4D[] =>
  filters.reduce((maps, w) => [...maps, tf.relu(tf.conv2d(maps.at(-1)!, w, 1, 'same'))], [x]);

/** Blocks of two convolutions with norms and what goes past them, as MobileNetV2's. */
const residual = (x: tf.Tensor4D, filters: readonly tf.Tensor4D[]): tf.Tensor4D[] => {
  const normed = (map: tf.Tensor4D, w: tf.Tensor4D): tf.Tensor4D => {
    const y = tf.conv2d(map, w, 1, 'same');
    return batchNormTraining(y, tf.ones([y.shape[3]]), tf.zeros([y.shape[3]]), 1e-3).y;
  };
  const maps = [x];
  for (let i = 0; i + 1 < filters.length; i += 2)
    maps.push(tf.add(maps.at(-1)!, normed(tf.relu6(normed(maps.at(-1)!, filters[i]!)), filters[i + 1]!)));
  return maps;
};

/** The convolutions of a step in the order in which they ran. */
const orderOf = async (one: CompiledRunner, fn: StepFunction, inputs: NdArrays): Promise<string[]> => {
  const { nodes } = await one.step('profiled', fn).profile(inputs);
  const inTurn = [...nodes].sort((a, b) => a.start - b.start);
  return inTurn.flatMap(({ op }) => /^UnderstoryConv(?:|FilterGrad)$/.exec(op) ?? []);
};

const CASES = [
  { of: 'a chain', mapsOf: chain, x: filled(99, 2, 9, 9, 8), layers: 9, shape: [3, 3, 8, 8] },
  // Maps of a size from which on a convolution tells a norm of its rows.
  {
    of: 'residual blocks with norms',
    mapsOf: residual,
    x: filled(99, 2, 64, 64, 32),
    ...{ layers: 16, shape: [1, 1, 32, 32] },
  },
];

it.each(CASES)(
  'computes maps of $of again when the gradient has come down to them, and learns the same bits',
  async ({ mapsOf, x, layers, shape }) => {
    const filters = Array.from({ length: layers }, (_, i) => [`w${i}`, filled(i, ...shape)]);
    const inputs = { x, ...Object.fromEntries(filters) } as NdArrays;
    const [held, again] = [runner(), runner({ recompute: true, threads: { inter: 1 } })];
    const [plain, step] = [
      held.step('held', gradients(held, mapsOf)),
      again.step('again', gradients(again, mapsOf)),
    ];
    expect(hashOf(await step.run(inputs))).toBe(hashOf(await plain.run(inputs)));
    const order = await orderOf(again, gradients(again, mapsOf), inputs);
    const copies = order.filter((op) => op === 'UnderstoryConv').length - layers;
    expect(copies).toBeGreaterThanOrEqual(3);
    expect(copies).toBeLessThan(layers);
    // Not all at once: some when gradients of filters are known already, and what is nearer to the images later.
    const first = order.indexOf('UnderstoryConvFilterGrad');
    expect(order.slice(first).filter((op) => op === 'UnderstoryConv').length).toBeGreaterThan(1);
    expect(order.lastIndexOf('UnderstoryConv') - first).toBeGreaterThan(copies);
  },
);
