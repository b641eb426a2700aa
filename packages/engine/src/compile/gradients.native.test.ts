import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NdArray, NdArrays } from '@understory/core';
import { afterAll, describe, expect, it } from 'vitest';
import { GRADIENT_CASES, UNREACHABLE } from './testing/gradients/cases.ts';
import { drawFrom, type GradientCase } from './testing/gradients/draw.ts';
import { differenceOf, noise, runnerPool } from './testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterAll(disposeAll);

const registered = (
  globalThis as unknown as { _tfGlobals: Map<string, Map<string, unknown>> }
)._tfGlobals.get('gradRegistry')!;

const SEEDS = [1, 2, 3];

interface Tried {
  readonly inputs: NdArrays;
  readonly fn: (given: Record<string, Tensor>) => Record<string, Tensor>;
}

/** A case as a step: its results, and the gradients of their sum weighted by noise, so that no two elements count alike. */
const asStep = ({ inputs, fn }: GradientCase, prefix: string): Tried => {
  const call = fn as (...inputs: Tensor[]) => Tensor | Tensor[];
  const named: [string, NdArray][] = inputs.map((input, i) => [`${prefix}${i}`, input]);
  const learned = named.filter(([, { dtype }]) => dtype === 'float32').map(([name]) => name);
  return {
    inputs: Object.fromEntries(named),
    fn: (given) => {
      const loss = (...floats: Tensor[]): Tensor => {
        const from = (name: string): Tensor => floats[learned.indexOf(name)] ?? given[name]!;
        const results = [call(...named.map(([name]) => from(name)))].flat();
        const weighted = results.map((y, i) =>
          tf.sum(tf.mul(y, tf.tensor(noise(y.size, i + 7), y.shape, 'float32'))),
        );
        return tf.addN(weighted);
      };
      const { value, grads } = tf.valueAndGrads(loss)(learned.map((name) => given[name]!));
      return Object.fromEntries([
        [`${prefix}value`, value],
        ...grads.map((grad, i) => [`${prefix}d${i}`, grad] as const),
      ]);
    },
  };
};

const together = (all: readonly Tried[]): Tried => ({
  inputs: Object.assign({}, ...all.map(({ inputs }) => inputs)) as NdArrays,
  fn: (given) => Object.assign({}, ...all.map(({ fn }) => fn(given))) as Record<string, Tensor>,
});

const tensorsOf = (inputs: NdArrays): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape, dtype }]) => [
      name,
      tf.tensor(data, [...shape], dtype as 'float32'),
    ]),
  );

it('knows inputs for every kernel that has a gradient', () => {
  expect([...registered.keys()].sort()).toEqual(Object.keys({ ...GRADIENT_CASES, ...UNREACHABLE }).sort());
});

describe('a compiled step gives the values and gradients of the eager one', () => {
  it.each(Object.entries(GRADIENT_CASES))('of %s', async (kernel, makes) => {
    const cases = makes.flatMap((make, m) =>
      SEEDS.map((seed) => asStep(make(drawFrom(seed)), `m${m}s${seed}x`)),
    );
    const { inputs, fn } = together(cases);
    const tensors = tensorsOf(inputs);
    let eager: Record<string, Tensor> = {};
    const { kernelNames } = await tf.profile(() => {
      eager = tf.tidy(() => fn(tensors));
      return tf.scalar(0);
    });
    expect(kernelNames).toContain(kernel);
    const compiled = await runner().step(kernel, fn).run(inputs);
    for (const [name, tensor] of Object.entries(eager)) {
      expect(compiled[name]?.shape, name).toEqual(tensor.shape);
      expect(tensor.dataSync().every(Number.isFinite), `${name} is finite`).toBe(true);
      expect(differenceOf(compiled[name]?.data ?? [], tensor.dataSync()), name).toBeLessThan(1e-5);
    }
    tf.dispose([eager, tensors]);
    disposeAll();
  });
});
