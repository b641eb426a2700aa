import { readFileSync } from 'node:fs';
import {
  add,
  dispose,
  memory,
  mul,
  ones,
  scalar,
  tensor1d,
  tidy,
  zerosLike,
  type NamedTensorMap,
  type Scalar,
} from '@tensorflow/tfjs-core';
import type { Transform } from '@understory/core';
import { streamTensor } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { isKernel } from './decay.ts';
import { clipByGlobalNorm, globalNorm, optimizerPlugins, scaleByName, sgd } from './index.ts';

interface Golden {
  readonly plugin: string;
  readonly options: Record<string, unknown>;
  readonly rates: number[];
  /** Variables that begin at zero. */
  readonly zero: string[];
  /** Values after the last step, PyTorch in float64. */
  readonly final: Record<string, number[]>;
}
const { shapes, cases } = JSON.parse(
  readFileSync(new URL('../testdata/optimizers.json', import.meta.url), 'utf8'),
) as { shapes: Record<string, number[]>; cases: Golden[] };

const make = (name: string, options: Record<string, unknown>): Transform => {
  const found = optimizerPlugins.find((p) => p.name === name)!;
  return (found.create as (o: unknown) => Transform)(found.options.parse(options));
};
const start = (zero: readonly string[] = []): NamedTensorMap =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [
      name,
      mul(streamTensor(shape, i), zero.includes(name) ? 0 : 1),
    ]),
  );
/** The gradients of a step; those of the fifth are a thousand times as big. */
const gradientsAt = (t: number): NamedTensorMap =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [
      name,
      mul(streamTensor(shape, 100 + 10 * t + i), t === 4 ? 1e3 : 1),
    ]),
  );

const run = (optimizer: Transform, variables: NamedTensorMap, rates: readonly number[]): NamedTensorMap => {
  let state = optimizer.init(variables);
  rates.forEach((rate, t) => {
    const context = { variables, rate: scalar(rate), step: scalar(t) };
    const next = optimizer.update(gradientsAt(t), state, context);
    state = next.state;
    variables = Object.fromEntries(
      Object.entries(variables).map(([name, v]) => [name, add(v, next.updates[name]!)]),
    );
  });
  return variables;
};

describe('ten steps against PyTorch', () => {
  it.each(cases)('$plugin $options', ({ plugin, options, rates, zero, final }) => {
    tidy(() => {
      const end = run(make(plugin, options), start(zero), rates);
      for (const [name, expected] of Object.entries(final)) {
        const scale = Math.max(...expected.map(Math.abs));
        const actual = end[name]!.dataSync();
        const error = Math.max(...expected.map((e, i) => Math.abs(e - actual[i]!))) / scale;
        expect(error, name).toBeLessThan(1e-5);
      }
    });
  });
});

it('kernels that decay are no biases, class tokens, positions or scales of layers', () => {
  const shapes = [[3, 3, 4, 8], [1, 1, 4, 8], [3, 3, 8, 1], [9, 5], [9, 1], [5], [1, 64], [1, 1, 8, 1]];
  const kept = shapes.filter((shape) => tidy(() => isKernel(ones(shape))));
  expect(kept).toEqual([
    [3, 3, 4, 8],
    [1, 1, 4, 8],
    [3, 3, 8, 1],
    [9, 5],
    [9, 1],
  ]);
});

describe.each(optimizerPlugins.map((p) => p.name))('%s', (name) => {
  const optimizer = make(name, {});

  it('leaves nothing behind but updates and state', () => {
    const variables = start();
    const gradients = gradientsAt(0);
    const context = { variables, rate: scalar(0.1), step: scalar(0) };
    const before = memory().numTensors;
    const state = optimizer.init(variables);
    expect(memory().numTensors - before).toBe(Object.keys(state).length);
    const next = optimizer.update(gradients, state, context);
    const made = Object.keys(next.updates).length + Object.keys(next.state).length;
    expect(memory().numTensors - before).toBe(Object.keys(state).length + made);
    expect(Object.keys(next.state).sort()).toEqual(Object.keys(state).sort());
    dispose([
      state,
      next.updates,
      next.state,
      variables,
      gradients,
      { rate: context.rate, step: context.step },
    ]);
  });

  it('counts the steps of each weight by itself', () => {
    tidy(() => {
      const variables = start();
      const names = Object.keys(variables);
      const step = (done: number, stepOf?: (name: string) => Scalar) =>
        optimizer.update(gradientsAt(0), optimizer.init(variables), {
          ...{ variables, rate: scalar(0.1), step: scalar(done) },
          ...(stepOf && { stepOf }),
        }).updates;
      const [early, late] = [step(0), step(7)];
      const mixed = step(7, (name) => scalar(name === names[0] ? 0 : 7));
      for (const name of names)
        expect(mixed[name]!.dataSync()).toEqual((name === names[0] ? early : late)[name]!.dataSync());
    });
  });

  it('does not move for gradients of zero', () => {
    tidy(() => {
      const still = make(name, { weightDecay: 0 });
      const variables = start();
      const zero = Object.fromEntries(Object.entries(variables).map(([k, v]) => [k, zerosLike(v)]));
      const { updates } = still.update(zero, still.init(variables), {
        variables,
        rate: scalar(1),
        step: scalar(0),
      });
      for (const update of Object.values(updates))
        expect(Array.from(update.dataSync()).every((u) => u === 0)).toBe(true);
    });
  });

  it('leaves the shape of a bowl downhill', () => {
    tidy(() => {
      let w: NamedTensorMap = { 'x/kernel': ones([2, 2]) };
      let state = optimizer.init(w);
      for (let t = 0; t < 20; t++) {
        const next = optimizer.update(w, state, { variables: w, rate: scalar(0.01), step: scalar(t) });
        state = next.state;
        w = { 'x/kernel': add(w['x/kernel']!, next.updates['x/kernel']!) };
      }
      expect(globalNorm(w).dataSync()[0]).toBeLessThan(2);
    });
  });

  it('refuses what it does not know', () => {
    expect(() => make(name, { nonsense: 1 })).toThrow(/nonsense/);
    expect(() => make(name, { weightDecay: -1 })).toThrow();
  });
});

const stepOf = (
  optimizer: Transform,
  gradients: NamedTensorMap,
  variables: NamedTensorMap,
): Record<string, number[]> =>
  tidy(() => {
    const { updates } = optimizer.update(gradients, optimizer.init(variables), {
      variables,
      rate: scalar(1),
      step: scalar(0),
    });
    return Object.fromEntries(
      Object.entries(updates).map(([k, u]) => [k, Array.from(u.dataSync())]),
    ) as never;
  });

describe('sgd', () => {
  it('takes decoupled decay from the weights, not through the velocity', () => {
    const optimizer = sgd({ momentum: 0.9, weightDecay: 0.1, decoupled: true });
    let [w, v, expected] = [2, 0, 2];
    tidy(() => {
      let state = optimizer.init({ w: tensor1d([w]) });
      for (let t = 0; t < 5; t++) {
        const variables = { w: tensor1d([w]) };
        const next = optimizer.update({ w: tensor1d([0.3]) }, state, {
          variables,
          rate: scalar(0.1),
          step: scalar(t),
        });
        state = next.state;
        w += next.updates['w']!.dataSync()[0]!;
        v = 0.9 * v + 0.3;
        expected -= 0.1 * (v + 0.1 * expected);
      }
    });
    expect(w).toBeCloseTo(expected, 5);
  });

  it('names what cannot go together', () => {
    expect(() => sgd({ nesterov: true, momentum: 0 })).toThrow(/momentum above 0/);
  });
});

describe('clipByGlobalNorm', () => {
  const plain = sgd({ momentum: 0, weightDecay: 0 });
  const gradients = { a: tensor1d([3, 0]), b: tensor1d([4]) };
  const variables = { a: tensor1d([1, 1]), b: tensor1d([1]) };

  it('scales all gradients by one factor', () => {
    const { a, b } = stepOf(clipByGlobalNorm(1, plain), gradients, variables);
    expect(a![0]).toBeCloseTo(-0.6, 5);
    expect(b![0]).toBeCloseTo(-0.8, 5);
  });

  it('leaves small gradients as they are', () => {
    expect(stepOf(clipByGlobalNorm(10, plain), gradients, variables)).toEqual({ a: [-3, -0], b: [-4] });
  });
});

describe('scaleByName', () => {
  const plain = sgd({ momentum: 0, weightDecay: 0 });
  const gradients = {
    'backbone/stem/kernel': tensor1d([1]),
    'backbone/stage1/bias': tensor1d([1]),
    'head/kernel': tensor1d([1]),
  };

  it('multiplies the updates of what matches, by all factors that do', () => {
    const optimizer = scaleByName({ 'backbone/*': 0.1, '*kernel': 0.5 }, plain);
    const updates = stepOf(optimizer, gradients, gradients);
    expect(updates['backbone/stem/kernel']![0]).toBeCloseTo(-0.05, 6);
    expect(updates['backbone/stage1/bias']![0]).toBeCloseTo(-0.1, 6);
    expect(updates['head/kernel']![0]).toBeCloseTo(-0.5, 6);
  });

  it('is an option of every optimizer, and names a pattern that matches nothing', () => {
    const optimizer = make('adamw', { rates: { 'backbone/stam*': 0.1 } });
    expect(() => optimizer.init(gradients)).toThrow(/"backbone\/stam\*" matches no variable/);
  });
});
