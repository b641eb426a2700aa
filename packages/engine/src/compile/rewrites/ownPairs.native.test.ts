import * as tf from '@tensorflow/tfjs';
import {
  attention,
  float32,
  gelu,
  layerNorm,
  type NdArray,
  type NdArrays,
  type StepFunction,
} from '@understory/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ownAddon } from '../graph/native.ts';
import { differenceOf, filled, hashOf, noise, runnerPool } from '../testing/runnerPool.ts';

const native = ownAddon();
const best = native.instructionSets().at(-1) ?? 'base';
const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);
afterAll(() => native.useInstructionSet(best));

type Sizes = readonly number[];

const scaled = (seed: number, scale: number, shape: Sizes): NdArray => {
  const { data } = filled(seed, ...shape);
  return float32(
    Float32Array.from(data, (number) => scale * number),
    shape,
  );
};

interface Case {
  readonly op: string;
  readonly of: string;
  /** What the op takes, by name; a gradient is asked for each. */
  readonly inputs: NdArrays;
  readonly fn: (...given: tf.Tensor[]) => tf.Tensor;
}

const geluOf = (...shape: number[]): Case => ({
  ...{ op: 'UnderstoryGelu', of: shape.join('×'), inputs: { x: scaled(1, 6, shape) } },
  fn: (x) => gelu(x),
});

const layerNormOf = (...shape: number[]): Case => {
  const channels = shape.at(-1)!;
  return {
    ...{ op: 'UnderstoryLayerNorm', of: shape.join('×') },
    inputs: { x: scaled(1, 3, shape), scale: scaled(2, 1, [channels]), offset: scaled(3, 1, [channels]) },
    fn: (x, scale, offset) =>
      layerNorm(x, { scale: scale as tf.Tensor1D, offset: offset as tf.Tensor1D, epsilon: 1e-6 }),
  };
};

const attentionOf = (batch: number, tokens: number, heads: number, width: number): Case => ({
  op: 'UnderstoryAttention',
  of: `${batch}×${tokens} tokens, ${heads} heads of ${width}`,
  inputs: { qkv: scaled(1, 3, [batch, tokens, 3 * heads * width]) },
  fn: (qkv) => attention(qkv, heads),
});

const CASES: readonly Case[] = [
  geluOf(3, 7),
  geluOf(5, 70_001),
  layerNormOf(3, 5),
  layerNormOf(2, 65, 48),
  layerNormOf(2, 3, 4, 129),
  attentionOf(1, 1, 1, 1),
  attentionOf(2, 65, 3, 16),
  // More tokens than queries are met at a time; rows that are no whole vectors.
  attentionOf(1, 131, 2, 9),
  attentionOf(2, 290, 1, 33),
];

/** The value, and the gradients along a fixed direction. */
const stepOf =
  ({ fn, inputs }: Case): StepFunction =>
  (given) => {
    const names = Object.keys(inputs);
    const xs = names.map((name) => given[name]!);
    const weigh = (...all: tf.Tensor[]): tf.Tensor => {
      const y = fn(...all);
      return tf.sum(tf.mul(y, tf.tensor(noise(y.size, 7), y.shape)));
    };
    const gradients = tf.grads(weigh)(xs);
    return { y: fn(...xs), ...Object.fromEntries(gradients.map((g, i) => [`d${names[i]}`, g])) };
  };

/** By tfjs's formulas, on its own backend. */
const composed = async (one: Case): Promise<Record<string, Float32Array>> => {
  await tf.setBackend('cpu');
  const results = tf.tidy(() => {
    const given = Object.entries(one.inputs).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data, [...shape]),
    ]);
    const all = stepOf(one)(Object.fromEntries(given) as Record<string, tf.Tensor>);
    return Object.fromEntries(
      Object.entries(all).map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]),
    );
  });
  await tf.setBackend('tensorflow');
  return results;
};

describe.each(CASES)('$op of $of', (one) => {
  it.each(native.instructionSets())('gives the formula’s values and gradients by %s', async (set) => {
    const wanted = await composed(one);
    native.useInstructionSet(set);
    const results = await runner().step('pair', stepOf(one)).run(one.inputs);
    native.useInstructionSet(best);
    expect(Object.keys(results)).toEqual(Object.keys(wanted));
    for (const [name, numbers] of Object.entries(wanted))
      expect(differenceOf(results[name]!.data, numbers), name).toBeLessThan(2e-6);
  });

  it('is one op, and its gradient another, with the same bits by one thread and by two', async () => {
    const hashes = new Set<string>();
    for (const intra of [1, 2]) {
      const step = runner({ threads: { intra } }).step('pair', stepOf(one));
      hashes.add(hashOf(await step.run(one.inputs)));
      const ops = (await step.profile(one.inputs)).ops
        .map(({ op }) => op)
        .filter((op) => /^Understory/.test(op));
      expect(new Set(ops)).toEqual(new Set([one.op, `${one.op}Grad`]));
    }
    expect(hashes.size).toBe(1);
  });
});

// A score of 6e9, whose neighbours are 512 apart: the largest must weigh 1, however its product is rounded.
it.each(native.instructionSets())('attention takes the largest of huge scores whole, by %s', async (set) => {
  native.useInstructionSet(set);
  for (const number of [1e5, 1.1e5, 1.23e5, 1.37e5, 1.71e5]) {
    const [query, key, value] = [
      [number, 0, 0],
      [number, 0, 0],
      [1, 1, 1],
    ];
    const tokens = [...query, ...key, ...value, ...[0, 0, 0], ...[0, 0, 0], ...[5, 5, 5]];
    const inputs = { qkv: float32(Float32Array.from(tokens), [1, 2, 9]) };
    const { y } = await runner()
      .step('huge', ({ qkv }) => ({ y: attention(qkv!, 1) }))
      .run(inputs);
    expect([...y!.data].slice(0, 3), `${number}`).toEqual([1, 1, 1]);
  }
  native.useInstructionSet(best);
});

it('what is no number stays so', async () => {
  const all = CASES.map((one) => ({ ...one, inputs: { ...one.inputs } }));
  for (const one of all) {
    const [first] = Object.keys(one.inputs) as [string];
    const { data, shape } = one.inputs[first]!;
    const spoiled = Float32Array.from(data);
    spoiled[0] = NaN;
    const { y } = await runner()
      .step('pair', stepOf(one))
      .run({ ...one.inputs, [first]: float32(spoiled, shape) });
    expect(y!.data[0], one.op).toBeNaN();
  }
});

it('ops of other shapes than they take are refused', async () => {
  const x = scaled(1, 1, [2, 3, 7]);
  await expect(
    runner()
      .step('wrong', ({ x: qkv }) => ({ y: attention(qkv!, 2) }))
      .run({ x }),
  ).rejects.toThrow(/queries, keys and values/);
});
