import * as tf from '@tensorflow/tfjs';
import { float32, type NdArrays, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { differenceOf, hashOf, noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
const variables: tf.Variable[] = [];
afterEach(() => {
  disposeAll();
  tf.dispose(variables.splice(0));
});

type Sizes = readonly [rows: number, inputs: number, outputs: number];

const random = (rows: number, columns: number, seed: number) =>
  float32(noise(rows * columns, seed), [rows, columns]);

const inputsOf = ([rows, inputs, outputs]: Sizes): NdArrays => ({
  x: random(rows, inputs, 1),
  dy: random(rows, outputs, 2),
});

const weightsOf = ([, inputs, outputs]: Sizes): tf.Tensor2D =>
  tf.tensor2d(noise(inputs * outputs, 3), [inputs, outputs]);

/** A layer's result and its gradients along a fixed direction. */
const layerOf =
  (weights: tf.Tensor): StepFunction =>
  ({ x, dy }) => {
    const apply = (input: tf.Tensor, w: tf.Tensor): tf.Tensor => tf.matMul(input, w);
    const [dx, dw] = tf.grads(apply)([x!, weights], dy);
    return { y: apply(x!, weights), dx: dx!, dw: dw! };
  };

/** The layer as a step over weights of its own. */
const stepOf = (sizes: Sizes): StepFunction => {
  const weights = tf.tidy(() => tf.variable(weightsOf(sizes)));
  variables.push(weights);
  return layerOf(weights);
};

const eagerly = (sizes: Sizes): Record<string, tf.Tensor> =>
  tf.tidy(() => {
    const given: Record<string, tf.Tensor> = {};
    for (const [name, { data, shape }] of Object.entries(inputsOf(sizes)))
      given[name] = tf.tensor(data, [...shape]);
    return layerOf(weightsOf(sizes))(given);
  });

const OWN = ['UnderstoryDense', 'UnderstoryDenseFilterGrad', 'UnderstoryDenseInputGrad'];
const PRODUCTS = /^Understory|MatMul/;

const LAYERS: readonly Sizes[] = [
  [512, 1030, 1027],
  [517, 421, 2503],
  [3, 2053, 1031],
];

describe('a dense layer of many rows and weights, or of very many weights', () => {
  it.each(
    LAYERS.flatMap((sizes) => [[...sizes, 'float32', 1e-5] as const, [...sizes, 'bfloat16', 0.01] as const]),
  )('of %d rows, from %d to %d numbers, in %s: is close to the direct way', async (...given) => {
    const [rows, inputs, outputs, precision, within] = given;
    const sizes: Sizes = [rows, inputs, outputs];
    const step = runner({ precision }).step('layer', stepOf(sizes));
    const compiled = await step.run(inputsOf(sizes));
    const eager = eagerly(sizes);
    for (const [name, tensor] of Object.entries(eager)) {
      expect(compiled[name]!.shape).toEqual(tensor.shape);
      const difference = differenceOf(compiled[name]!.data, tensor.dataSync());
      expect(difference, name).toBeLessThan(within);
      if (precision === 'bfloat16') expect(difference, name).toBeGreaterThan(1e-4);
    }
    tf.dispose(eager);
    const { ops } = await step.profile(inputsOf(sizes));
    const products = ops.map(({ op }) => op).filter((op) => PRODUCTS.test(op));
    expect(products.sort()).toEqual(OWN);
  });

  it('gives the same bits in every run, by one thread and by two', async () => {
    const sizes: Sizes = [601, 1100, 957];
    const hashes = new Set<string>();
    for (const intra of [1, 2]) {
      const step = runner({ threads: { intra } }).step('layer', stepOf(sizes));
      for (let i = 0; i < 2; i++) hashes.add(hashOf(await step.run(inputsOf(sizes))));
    }
    expect(hashes.size).toBe(1);
  });
});

describe('other products', () => {
  const ownIn = async (step: StepFunction, inputs: NdArrays): Promise<string[]> => {
    const { ops } = await runner({ precision: 'bfloat16' }).step('products', step).profile(inputs);
    return ops.map(({ op }) => op).filter((op) => op.startsWith('Understory'));
  };

  it.each<Sizes>([
    [64, 1030, 1027],
    [512, 16, 8],
  ])('of %d rows with %d times %d weights stay as they are', async (...sizes) => {
    expect(await ownIn(stepOf(sizes), inputsOf(sizes))).toEqual([]);
  });

  it('of matrices that are no weights stay as they are', async () => {
    const similar: StepFunction = ({ a }) => ({
      z: tf.matMul(a!, a!, false, true),
      v: tf.matMul(a!, a!, true),
    });
    expect(await ownIn(similar, { a: random(520, 2100, 4) })).toEqual([]);
  });
});

describe('a bias that follows a dense layer', () => {
  const biased =
    (weights: tf.Tensor, bias: tf.Tensor, shared: boolean): StepFunction =>
    ({ x }) => {
      const product = tf.matMul(x!, weights);
      return { y: tf.add(product, bias), ...(shared && { product: tf.relu(product) }) };
    };
  const opsAfter = async (sizes: Sizes, length: number, shared = false): Promise<[string[], number]> => {
    const { x } = inputsOf(sizes);
    const weights = tf.tidy(() => tf.variable(weightsOf(sizes)));
    const bias = tf.variable(tf.tensor1d(noise(length, 4)));
    variables.push(weights, bias);
    const step = runner().step('layer', biased(weights, bias, shared));
    const eager = tf.tidy(() => {
      const product = tf.matMul(tf.tensor(x!.data, [...x!.shape]), weightsOf(sizes));
      return tf.add(product, tf.tensor1d(noise(length, 4))).dataSync();
    });
    const compiled = await step.run({ x: x! });
    const { ops } = await step.profile({ x: x! });
    return [ops.map(({ op }) => op), differenceOf(compiled['y']!.data, eager)];
  };

  it.each(LAYERS)('goes with %d rows from %d to %d numbers', async (...sizes) => {
    const [ops, difference] = await opsAfter(sizes, sizes[2]);
    expect(ops).toContain('UnderstoryDense');
    expect(ops).not.toContain('Add');
    expect(difference).toBeLessThan(1e-5);
  });

  it.each<[string, number, boolean]>([
    ['somebody else takes the product', 1027, true],
    ['it is one number', 1, false],
  ])('stays behind where %s', async (_, length, shared) => {
    const [ops, difference] = await opsAfter([512, 1030, 1027], length, shared);
    expect(ops).toContain('UnderstoryDense');
    expect(ops.some((op) => op === 'Add' || op === 'UnderstoryElementwise')).toBe(true);
    expect(difference).toBeLessThan(1e-5);
  });
});

describe('the gradient of a dense layer’s bias', () => {
  const gradientsOf = (sizes: Sizes): StepFunction => {
    const weights = tf.tidy(() => tf.variable(weightsOf(sizes)));
    variables.push(weights);
    return ({ x, dy }) => {
      const [dw] = tf.grads((w) => tf.matMul(x!, w))([weights], dy);
      return { y: tf.matMul(x!, weights), dw: dw!, db: tf.sum(dy!, 0) };
    };
  };

  it.each(['float32', 'bfloat16'] as const)('comes along with its weights’, in %s', async (precision) => {
    const sizes: Sizes = [1100, 421, 503];
    const { x, dy } = inputsOf(sizes);
    const exact = new Array<number>(503).fill(0);
    for (const [i, number] of dy!.data.entries()) exact[i % 503]! += number;
    const hashes = new Set<string>();
    for (const intra of [1, 2]) {
      const step = runner({ precision, threads: { intra } }).step('layer', gradientsOf(sizes));
      const given = await step.run({ x: x!, dy: dy! });
      hashes.add(hashOf(given));
      expect(differenceOf(given['db']!.data, exact)).toBeLessThan(precision === 'float32' ? 1e-6 : 0.01);
      const ops = (await step.profile({ x: x!, dy: dy! })).ops.map(({ op }) => op);
      expect(ops).toContain('UnderstoryDenseFilterGrad');
      expect(ops).not.toContain('UnderstoryColumnSum');
    }
    expect(hashes.size).toBe(1);
  });
});

it('products of whole numbers are no dense layers', async () => {
  const weights = tf.tidy(() => tf.variable(tf.fill([256, 256], 2, 'int32')));
  variables.push(weights);
  const step = runner({ precision: 'bfloat16' }).step('whole', ({ x }) => ({
    y: tf.sum(tf.matMul(tf.cast(x!, 'int32'), weights as tf.Tensor2D)),
  }));
  const { y } = await step.run({ x: float32(new Float32Array(512 * 256).fill(1), [512, 256]) });
  expect(y!.data[0]).toBe(512 * 256 * 256 * 2);
});
