import * as tf from '@tensorflow/tfjs';
import { attention, gelu, layerNorm, type StepFunction } from '@understory/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ownAddon } from '../graph/native.ts';
import type { Precision } from '../target.ts';
import { differenceOf, filled, hashOf, noise, runnerPool } from '../testing/runnerPool.ts';

const native = ownAddon();
const best = native.instructionSets().at(-1) ?? 'base';
const { runner, disposeAll } = runnerPool();
const variables: tf.Variable[] = [];
afterEach(() => {
  disposeAll();
  tf.dispose(variables.splice(0));
});
afterAll(() => native.useInstructionSet(best));

const [BATCH, TOKENS, HEADS, WIDTH, HIDDEN] = [4, 131, 8, 23, 510];
const CHANNELS = HEADS * WIDTH;
const inputs = { x: filled(1, BATCH, TOKENS, CHANNELS) };

const variable = (seed: number, ...shape: number[]): tf.Variable => {
  const size = shape.reduce((product, length) => product * length, 1);
  const made = tf.tidy(() => tf.variable(tf.mul(tf.tensor(noise(size, seed), shape), 0.3)));
  variables.push(made);
  return made;
};

/** A transformer's block, with the gradients of its tokens and weights. `shown`: what comes out of the second norm as well. */
const blockOf = (shown = false): StepFunction => {
  const weights = [
    variable(2, CHANNELS, 3 * CHANNELS),
    variable(3, 3 * CHANNELS),
    variable(4, CHANNELS, CHANNELS),
    variable(5, CHANNELS, HIDDEN),
    variable(6, HIDDEN),
    variable(7, HIDDEN, CHANNELS),
    variable(8, CHANNELS),
  ];
  const norm = (x: tf.Tensor): tf.Tensor =>
    layerNorm(x, { scale: tf.ones([CHANNELS]), offset: tf.zeros([CHANNELS]), epsilon: 1e-6 });
  const dense = (x: tf.Tensor, w: tf.Tensor, bias?: tf.Tensor): tf.Tensor => {
    const rows = tf.matMul(tf.reshape(x, [-1, w.shape[0]]), w);
    return tf.reshape(bias ? tf.add(rows, bias) : rows, [BATCH, TOKENS, -1]);
  };
  return ({ x }) => {
    let second: tf.Tensor | undefined;
    const block = (tokens: tf.Tensor, ...[qkv, b1, out, up, b2, down, b3]: tf.Tensor[]): tf.Tensor => {
      const mixed = attention(dense(norm(tokens), qkv!, b1), HEADS);
      const sum = tf.add(tokens, dense(mixed, out!));
      second = norm(sum);
      return tf.add(sum, dense(gelu(dense(second, up!, b2)), down!, b3));
    };
    const [dx, ...dw] = tf.grads((...all: tf.Tensor[]) => tf.mean(tf.square(block(...(all as [tf.Tensor])))))(
      [x!, ...weights],
    );
    const named = Object.fromEntries(dw.map((gradient, i) => [`d${i}`, gradient]));
    return { y: block(x!, ...weights), dx: dx!, ...named, ...(shown && second && { second }) };
  };
};

const run = (precision: Precision, step: StepFunction, intra = 2) =>
  runner({ precision, threads: { intra } }).step('block', step).run(inputs);

describe.each(native.instructionSets())('a transformer’s block by %s', (set) => {
  it.each(['bfloat16', 'bfloat16-stored'] as const)('is close to float32 in %s', async (precision) => {
    native.useInstructionSet(set);
    const [whole, half] = [await run('float32', blockOf()), await run(precision, blockOf())];
    for (const [name, { data }] of Object.entries(whole)) {
      const difference = differenceOf(half[name]!.data, data);
      expect(difference, name).toBeLessThan(0.03);
      expect(difference, name).toBeGreaterThan(1e-4);
    }
    expect(hashOf(await run(precision, blockOf(), 1))).toBe(hashOf(half));
  });
});

describe('what is taken in bfloat16 alone', () => {
  const castsIn = async (precision: Precision, step: StepFunction): Promise<number> => {
    const { ops } = await runner({ precision }).step('block', step).profile(inputs);
    return ops.find(({ op }) => op === 'Cast')?.count ?? 0;
  };

  it('comes so out of norms and dense layers, attention and GELU', async () => {
    // The gradients that come to both sums go into the dense layers before them.
    expect(await castsIn('bfloat16', blockOf())).toBe(2);
    expect(await castsIn('float32', blockOf())).toBe(0);
  });

  it('is the same to the last bit where somebody takes it in float32 as well', async () => {
    const alone = await run('bfloat16', blockOf());
    const { second, ...others } = await run('bfloat16', blockOf(true));
    expect(second?.shape).toEqual([BATCH, TOKENS, CHANNELS]);
    expect(hashOf(others)).toBe(hashOf(alone));
    expect(await castsIn('bfloat16', blockOf(true))).toBe(3);
  });

  // Sums over more numbers than these go through memory between their pieces.
  it.each([64, 1100, 2100])(
    'is rounded sums of %d products and a bias, of each row and column',
    async (depth) => {
      const outputs = 517;
      const given = { x: filled(1, 519, depth) };
      const layer = (shown: boolean): StepFunction => {
        const [weights, bias] = [variable(2, depth, outputs), variable(3, outputs)];
        return ({ x }) => {
          const y = tf.add(tf.matMul(x!, weights as tf.Tensor), bias);
          return { y: gelu(y), ...(shown && { rows: y }) };
        };
      };
      const precision = 'bfloat16';
      for (const set of native.instructionSets()) {
        native.useInstructionSet(set);
        const { rows, y } = await runner({ precision }).step('layer', layer(true)).run(given);
        const alone = await runner({ precision }).step('layer', layer(false)).run(given);
        expect(rows?.shape).toEqual([519, outputs]);
        expect(hashOf(alone), set).toBe(hashOf({ y: y! }));
      }
      const { ops } = await runner({ precision }).step('layer', layer(false)).profile(given);
      expect(ops.map(({ op }) => op)).toEqual(expect.arrayContaining(['UnderstoryDense', 'UnderstoryGelu']));
    },
  );
});
