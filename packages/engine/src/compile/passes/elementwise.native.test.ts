import * as tf from '@tensorflow/tfjs';
import { float32, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { besideEager } from '../testing/besideEager.ts';
import { filled, noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

const LENGTH = 70_001; // more than one share of a thread, and no multiple of a vector

const inputs = {
  a: float32(noise(LENGTH, 1), [LENGTH]),
  b: float32(noise(LENGTH, 2), [LENGTH]),
  s: float32([0.3], []),
};

const STEPS: Readonly<Record<string, StepFunction>> = {
  'an optimizer': ({ a, b, s }) => {
    const momentum = tf.add(tf.mul(a!, 0.9), tf.add(b!, tf.mul(a!, 5e-4)));
    return { momentum, weight: tf.sub(a!, tf.mul(momentum, s!)) };
  },
  'every operation': ({ a, b, s }) => ({
    y: tf.div(
      tf.sub(tf.maximum(a!, s!), tf.neg(tf.minimum(tf.square(b!), a!))),
      tf.add(tf.sqrt(tf.square(a!)), tf.sub(1.5, s!)),
    ),
  }),
  'a deep sum': ({ a, b }) => ({
    y: Array.from({ length: 40 }, (_, i) => i).reduce<tf.Tensor>((sum, i) => tf.add(tf.mul(sum, b!), i), a!),
  }),
  'a sum of many': ({ a, b }) => ({
    y: Array.from({ length: 30 }, (_, i) => tf.mul(i % 2 ? a! : b!, i)).reduce((sum, x) => tf.sub(x, sum)),
  }),
  'a value that others take too': ({ a, b }) => {
    const product = tf.mul(a!, b!);
    return { y: tf.add(tf.mul(product, 2), product), total: tf.sum(product) };
  },
};

describe('fused elementwise operations', () => {
  it.each(Object.entries(STEPS))('give %s to the last bit', async (_, fn) => {
    const step = runner().step('step', fn);
    const compiled = await step.run(inputs);
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([k, { data, shape }]) => [k, tf.tensor(data, [...shape])]),
    );
    const eager = tf.tidy(() => fn(tensors));
    for (const [name, tensor] of Object.entries(eager).filter(([key]) => key !== 'total'))
      expect(compiled[name]!.data).toEqual(tensor.dataSync());
    const { ops } = await step.profile(inputs);
    expect(ops.map(({ op }) => op)).toContain('UnderstoryElementwise');
    tf.dispose([eager, tensors]);
  });

  it('let what is not a number through', async () => {
    const step = runner().step('step', ({ a, b }) => ({
      y: tf.add(tf.maximum(a!, b!), 1),
      z: tf.add(tf.minimum(b!, a!), 1),
    }));
    const a = new Float32Array(LENGTH).fill(1);
    a[5] = NaN;
    const { y, z } = await step.run({ ...inputs, a: float32(a, [LENGTH]) });
    expect([y!.data[5], z!.data[5]]).toEqual([NaN, NaN]);
    expect(y!.data[6]).not.toBeNaN();
  });

  it.each([[[64]], [[1, 64]], [[5, 64]], [[5, 1]], [[2, 1, 1, 1]], [[1, 5, 64]]])(
    'take operands that others are repeated for, of [2, 13, 5, 64]: %j',
    async (shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const all = {
        x: float32(noise(2 * 13 * 5 * 64, 3), [2, 13, 5, 64]),
        y: float32(noise(size, 4), shape),
      };
      const fn: StepFunction = ({ x, y }) => ({ z: tf.mul(tf.sub(tf.add(x!, y!), tf.mul(y!, 3)), y!) });
      const { z } = await runner().step('step', fn).run(all);
      const [x, y] = [tf.tensor(all.x.data, [2, 13, 5, 64]), tf.tensor(all.y.data, shape)];
      const eager = tf.tidy(() => fn({ x, y }));
      expect(z!.data).toEqual(eager.z!.dataSync());
      tf.dispose([x, y, eager]);
    },
  );

  it.each<[string, Record<string, number[]>, number[]]>([
    ['that come first', { s: [4096], b: [4096], x: [1, 4096] }, [1, 4096]],
    ['that have more elements', { s: [], b: [64, 64], x: [1, 1, 64] }, [1, 64, 64]],
  ])('have all dimensions of the result, whatever operands %s have', async (_, shapes, wanted) => {
    const inputs = Object.fromEntries(
      Object.entries(shapes).map(([name, shape], i) => [name, filled(i, ...shape)]),
    );
    const fn: StepFunction = ({ s, b, x }) => ({ y: tf.mul(s!, tf.add(b!, x!)) });
    const ops = await besideEager(runner(), fn, { inputs });
    expect([...ops.keys()]).toContain('UnderstoryElementwise');
    expect((await runner().step('step', fn).run(inputs)).y!.shape).toEqual(wanted);
  });

  it('take colours of images whose runs begin anywhere in one', async () => {
    const images = float32(noise(3 * 71 * 67 * 3, 5), [3, 71, 67, 3]);
    const step = runner().step('step', ({ x }) => ({
      y: tf.mul(tf.sub(x!, tf.tensor1d([3, 5, 7])), tf.tensor1d([0.1, 0.3, 0.7])),
    }));
    const { y } = await step.run({ x: images });
    const expected = images.data.map((v, i) =>
      Math.fround(Math.fround(v - [3, 5, 7][i % 3]!) * Math.fround([0.1, 0.3, 0.7][i % 3]!)),
    );
    expect(y!.data).toEqual(expected);
    const { ops } = await step.profile({ x: images });
    expect(ops.map(({ op }) => op)).not.toContain('Sub');
  });
});
