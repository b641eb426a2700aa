import * as tf from '@tensorflow/tfjs';
import { float32, int32, uint8, batchNorm, type NdArrays, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { failure, firstNumber, noise, runnerPool } from '../testing/runnerPool.ts';
import type { Notice } from '../trace/traceContext.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

const variable = (shape: number[], seed: number, scale = 0.3): tf.Variable =>
  tf.variable(
    tf.tensor(
      noise(tf.util.sizeFromShape(shape), seed).map((x) => x * scale),
      shape,
    ),
  );

/** A small network with batch norm, trained with momentum. */
const network = (): { train: StepFunction; model: tf.LayersModel } => {
  const seedOf = (seed: number): ReturnType<typeof tf.initializers.heNormal> =>
    tf.initializers.heNormal({ seed });
  const input = tf.input({ shape: [8, 8, 3] });
  const conv = (filters: number, strides: number, seed: number): tf.layers.Layer =>
    tf.layers.conv2d({
      filters,
      kernelSize: 3,
      strides,
      padding: 'same',
      useBias: false,
      kernelInitializer: seedOf(seed),
    });
  const hidden = tf.layers.reLU().apply(batchNorm({ name: 'bn1' }).apply(conv(8, 1, 1).apply(input)));
  const deep = tf.layers.reLU().apply(batchNorm({ name: 'bn2' }).apply(conv(16, 2, 2).apply(hidden)));
  const pooled = tf.layers.globalAveragePooling2d({}).apply(deep);
  const logits = tf.layers
    .dense({ units: 5, kernelInitializer: seedOf(3) })
    .apply(pooled) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: logits });
  const optimizer = tf.train.momentum(0.05, 0.9);
  const train: StepFunction = ({ images, labels }) => {
    const { value: loss, grads } = tf.variableGrads(() => {
      const x = tf.div(tf.cast(images!, 'float32'), 255);
      const out = model.apply(x, { training: true }) as tf.Tensor2D;
      return tf.losses.softmaxCrossEntropy(tf.oneHot(labels as tf.Tensor1D, 5), out);
    });
    optimizer.applyGradients(grads as never);
    return { loss };
  };
  return { train, model };
};

/** tfjs-layers gives them as tensors. */
const variablesOf = (model: tf.LayersModel): tf.Variable[] =>
  model.weights.map((w) => w.read() as unknown as tf.Variable);

const batch = (seed: number): NdArrays => ({
  images: uint8(
    Uint8Array.from(noise(4 * 8 * 8 * 3, seed), (x) => Math.abs(x) * 255),
    [4, 8, 8, 3],
  ),
  labels: int32(
    [0, 1, 2, 3].map((label) => (label + seed) % 5),
    [4],
  ),
});

const eagerly = (fn: StepFunction, inputs: NdArrays): number =>
  tf.tidy(() => {
    const tensors = Object.entries(inputs).map(([name, { data, shape, dtype }]) => {
      return [
        name,
        tf.tensor(
          dtype === 'uint8' ? Int32Array.from(data) : data,
          [...shape],
          dtype === 'float32' ? 'float32' : 'int32',
        ),
      ];
    });
    return fn(Object.fromEntries(tensors) as Record<string, tf.Tensor>).loss!.dataSync()[0]!;
  });

describe('a compiled runner', () => {
  it('refuses a precision that it does not have, by its name', () => {
    expect(() => runner({ precision: 'auto' as 'float32' })).toThrow(
      expect.objectContaining({
        code: 'unknown-name',
        message: expect.stringMatching(/No precision named "auto"\..* float32, bfloat16.*/) as string,
      }),
    );
  });
});

describe('a compiled step', () => {
  it('gives what eager gives over 20 steps: convolutions, batch norm, momentum', async () => {
    const eager = network();
    const compiled = network();
    const engine = runner();
    const step = engine.step('train', compiled.train);
    for (let i = 0; i < 20; i++) {
      const expected = eagerly(eager.train, batch(i));
      expect(await firstNumber(step, batch(i))).toBeCloseTo(expected, 5);
    }
    const live = await engine.read(variablesOf(compiled.model));
    for (const [i, weight] of eager.model.weights.entries()) {
      const expected = weight.read().dataSync();
      live[i]!.data.forEach((x, k) =>
        expect(Math.abs(x - expected[k]!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected[k]!))),
      );
    }
  });

  it('gives the same bits when it is repeated', async () => {
    const losses = async (): Promise<number[]> => {
      const step = runner().step('train', network().train);
      const seen: number[] = [];
      for (let i = 0; i < 5; i++) seen.push(await firstNumber(step, batch(i)));
      return seen;
    };
    expect(await losses()).toEqual(await losses());
  });

  it('leaves no tensors in tfjs, and keeps variables to itself instead of leaving their old values there', async () => {
    const { train, model } = network();
    const { numTensors, numDataBuffers } = tf.memory();
    const step = runner().step('train', train);
    await step.run(batch(0));
    for (const weight of model.weights)
      expect(() => weight.read().dataSync()).toThrow(/belongs to the runner.*runner\.read\(\)/);
    const slots = tf.memory().numTensors - numTensors;
    expect(slots).toBe(model.trainableWeights.length); // the momentum of each, as eager makes it too
    expect(tf.memory().numDataBuffers - numDataBuffers).toBe(slots);
  });

  it('sees the values from before the step wherever it reads, and assigns at its end', async () => {
    const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    const engine = runner();
    const swap = engine.step('swap', () => {
      const sum = tf.add(a, b);
      const old = tf.clone(a);
      a.assign(b);
      b.assign(old);
      return { sum, now: tf.mul(a, 10) };
    });
    const { now } = await swap.run({});
    expect(now!.data[0]).toBe(20);
    expect((await engine.read([a, b])).map(({ data }) => data[0])).toEqual([2, 1]);
    await swap.run({});
    expect((await engine.read([a, b])).map(({ data }) => data[0])).toEqual([1, 2]);
    expect([a.dataSync()[0], b.dataSync()[0]]).toEqual([1, 2]);
  });

  it('tells a variable from the tensor that it was made of', async () => {
    const first = tf.scalar(5);
    const v = tf.variable(first);
    const twin = tf.variable(v);
    const step = runner().step('apart', () => {
      v.assign(tf.add(v, 1));
      return { all: tf.stack([v, twin, first]) };
    });
    await step.run({});
    expect([...(await step.run({})).all!.data]).toEqual([7, 5, 5]);
  });

  it('makes variables that begin with a computed value', async () => {
    let made: tf.Variable | undefined;
    const engine = runner();
    const step = engine.step('lazy', ({ x }) => {
      made ??= tf.variable(tf.mul(x!, 2), false);
      made.assign(tf.add(made, 1));
      return { made: tf.clone(made) };
    });
    expect(await firstNumber(step, { x: float32([3], []) })).toBe(7);
    expect(await firstNumber(step, { x: float32([100], []) })).toBe(8);
    expect((await engine.read([made!]))[0]!.data[0]).toBe(8);
  });

  it('shares variables with the other steps of its runner', async () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const engine = runner();
    const train = engine.step('train', () => {
      v.assign(tf.mul(v, 2));
      return { sum: tf.sum(v) };
    });
    const evaluate = engine.step('evaluate', ({ x }) => ({ y: tf.sum(tf.mul(v, x!)) }));
    const x = float32([1, 10], [2]);
    expect(await firstNumber(evaluate, { x })).toBe(21);
    await train.run({});
    expect(await firstNumber(evaluate, { x })).toBe(42);
    await engine.write([v], [float32([5, 6], [2])]);
    expect(await firstNumber(evaluate, { x })).toBe(65);
    expect([...v.dataSync()]).toEqual([5, 6]);
  });

  it('reads and writes variables that no step has used yet', async () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const engine = runner();
    await engine.write([v], [float32([3, 4], [2])]);
    expect([...(await engine.read([v]))[0]!.data]).toEqual([3, 4]);
    expect((await failure(engine.write([v], [float32([1], [1])]))).code).toBe('invalid-value');
  });

  it('hands out results that later steps leave alone', async () => {
    const v = variable([200, 200], 1);
    const engine = runner();
    const step = engine.step('grow', () => {
      const old = tf.clone(v);
      v.assign(tf.add(v, 1));
      return { old, again: tf.reshape(old, [40000]) };
    });
    const { old, again } = await step.run({});
    const before = Float32Array.from(old!.data);
    old!.data.fill(9);
    await step.run({});
    expect([...again!.data]).toEqual([...before]);
    expect((await engine.read([v]))[0]!.data[7]).toBeCloseTo(before[7]! + 2, 5);
  });

  it('takes every type of input, and gives float32, int32 and bool', async () => {
    const step = runner().step('types', ({ f, i, u, b }) => ({
      f: tf.mul(f!, 2),
      i: tf.add(i!, u!),
      b: tf.logicalNot(b!),
    }));
    const out = await step.run({
      f: float32([1.5], [1]),
      i: int32([-3], [1]),
      u: uint8(Uint8Array.of(255), [1]),
      b: { dtype: 'bool', shape: [1], data: Uint8Array.of(1) },
    });
    expect(out).toMatchObject({
      f: { dtype: 'float32', data: Float32Array.of(3) },
      i: { dtype: 'int32', data: Int32Array.of(252) },
      b: { dtype: 'bool', data: Uint8Array.of(0) },
    });
  });

  it('gives an input back, one value under two names, and a constant', async () => {
    const step = runner().step('same', ({ x, image }) => {
      const y = tf.neg(x!);
      return { x: x!, y, again: y, cast: tf.cast(image!, 'int32'), one: tf.scalar(1) };
    });
    const out = await step.run({ x: float32([1, 2], [2]), image: uint8(Uint8Array.of(9), [1]) });
    expect(Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, [...data]]))).toEqual({
      x: [1, 2],
      y: [-1, -2],
      again: [-1, -2],
      cast: [9],
      one: [1],
    });
  });

  it('gathers by indices, which tfjs checks by value otherwise', async () => {
    const step = runner().step('gather', ({ x, at }) => ({ y: tf.gather(x!, at as tf.Tensor1D) }));
    const out = await step.run({ x: float32([1, 2, 3], [3]), at: int32([2, 0], [2]) });
    expect([...out.y!.data]).toEqual([3, 1]);
  });
});

describe('what a compiled step tells', () => {
  it('constants from outside that are large, and those that are gone', async () => {
    const notices: Notice[] = [];
    const outside = tf.ones([600, 600]);
    const step = runner({ onNotice: (notice) => notices.push(notice) }).step('const', ({ x }) => ({
      y: tf.sum(tf.mul(outside, x!)),
    }));
    expect(await firstNumber(step, { x: float32([2], []) })).toBe(720_000);
    expect(notices[0]).toMatchObject({
      code: 'large-constant',
      message: expect.stringContaining('[600, 600]') as string,
    });
    outside.dispose();
    expect(await firstNumber(step, { x: float32([2], []) })).toBe(720_000);
    await step.run({ x: float32([2], []) });
    expect(notices.map(({ code }) => code)).toEqual(['large-constant', 'constant-gone']);
  });

  it('nothing of a large tensor of one number that the step makes itself, as the gradient of a mean does', async () => {
    const notices: Notice[] = [];
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.square(tf.mean(x, [0]))));
    const step = runner({ onNotice: (notice) => notices.push(notice) }).step('mean', ({ x }) => ({
      y: gradient(x!),
    }));
    const { y } = await step.run({ x: float32(new Float32Array(360_000).fill(3), [2, 180_000]) });
    expect([...new Set(y!.data)]).toEqual([3]);
    expect(notices).toEqual([]);
  });

  it('where the time of a run goes', async () => {
    const step = runner().step('product', ({ x }) => ({
      y: tf.sum(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D)),
    }));
    const { ops, milliseconds } = await step.profile({ x: float32(noise(250_000, 1), [500, 500]) });
    expect(milliseconds).toBeGreaterThan(0);
    expect(ops.some(({ op }) => op.includes('MatMul'))).toBe(true);
  });
});
