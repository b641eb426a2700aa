import { readFileSync } from 'node:fs';
import {
  avgPool,
  batchNorm,
  conv2d,
  depthwiseConv2d,
  engine,
  grads,
  leakyRelu,
  maxPool,
  memory,
  relu,
  relu6,
  setBackend,
  sigmoid,
  tanh,
  tensor,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { attention, batchNormTraining, gelu, layerNorm } from '@understory/core';
import { afterAll, describe, expect, it } from 'vitest';
import { SOFTMAX_CROSS_ENTROPY } from './crossEntropy.ts';

interface Values {
  readonly shape: number[];
  readonly data: number[];
}
interface Golden {
  readonly inputs: Values[];
  readonly y: Values;
  readonly dy: Values;
  readonly gradients: Values[];
}

const file = new URL('../../testdata/fused.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Golden> & {
  statistics: { mean: Values; unbiased: Values };
};

const crossEntropy = (logits: Tensor, target: Tensor): Tensor =>
  engine().runKernel<Tensor[]>(SOFTMAX_CROSS_ENTROPY, { logits, target })[0]!;

type Case = (...inputs: never[]) => Tensor;
const cases: Record<string, Case> = {
  batchNormTraining: (x: Tensor4D, scale: Tensor1D, offset: Tensor1D) =>
    batchNormTraining(x, scale, offset, 1e-5).y,
  batchNormFrozen: (...[x, mean, variance, offset, scale]: [Tensor4D, ...Tensor1D[]]) =>
    batchNorm(x, mean!, variance!, offset, scale, 1e-3),
  relu: (x: Tensor) => relu(x),
  relu6: (x: Tensor) => relu6(x),
  sigmoid: (x: Tensor) => sigmoid(x),
  tanh: (x: Tensor) => tanh(x),
  leakyRelu: (x: Tensor) => leakyRelu(x, 0.1),
  conv2d: (x: Tensor4D, w: Tensor4D) => conv2d(x, w, 2, 1),
  conv2dUneven: (x: Tensor4D, w: Tensor4D) =>
    conv2d(x, w, 1, [
      [0, 0],
      [0, 2],
      [1, 0],
      [0, 0],
    ]),
  depthwise: (x: Tensor4D, w: Tensor4D) => depthwiseConv2d(x, w, 2, 1),
  depthwiseMultiplied: (x: Tensor4D, w: Tensor4D) =>
    depthwiseConv2d(x, w, 1, [
      [0, 0],
      [1, 0],
      [2, 1],
      [0, 0],
    ]),
  maxPool: (x: Tensor4D) => maxPool(x, 3, 2, 1, 'floor'),
  avgPool: (x: Tensor4D) => avgPool(x, 3, 2, 1, 'floor'),
  crossEntropy,
  gelu: (x: Tensor) => gelu(x),
  layerNorm: (x: Tensor, scale: Tensor1D, offset: Tensor1D) => layerNorm(x, { scale, offset, epsilon: 1e-5 }),
  attention: (qkv: Tensor) => attention(qkv, 3),
};

const toTensor = ({ shape, data }: Values): Tensor => tensor(data, shape);

/** Largest difference, in parts of the largest value. */
const distance = (found: ArrayLike<number>, wanted: readonly number[]): number => {
  expect(found.length).toBe(wanted.length);
  const scale = Math.max(...wanted.map(Math.abs), 1e-30);
  return Math.max(...wanted.map((v, i) => Math.abs(found[i]! - v))) / scale;
};

const evaluate = (run: Case, { inputs, dy }: Golden): { y: Float32Array; gradients: Float32Array[] } =>
  tidy(() => {
    const given = inputs.map(toTensor);
    const fn = run as (...xs: Tensor[]) => Tensor;
    const read = (t: Tensor): Float32Array => Float32Array.from(t.dataSync());
    return { y: read(fn(...given)), gradients: grads(fn)(given, toTensor(dy)).map(read) };
  });

describe.each(Object.keys(cases))('%s', (name) => {
  const wanted = golden[name]!;

  it('gives the values and gradients of PyTorch', () => {
    const before = memory().numTensors;
    const { y, gradients } = evaluate(cases[name]!, wanted);
    expect(distance(y, wanted.y.data)).toBeLessThan(1e-5);
    expect(gradients.length).toBe(wanted.gradients.length);
    for (const [i, g] of gradients.entries())
      expect(distance(g, wanted.gradients[i]!.data)).toBeLessThan(1e-5);
    expect(memory().numTensors).toBe(before);
  });
});

it('gives the mean and the unbiased variance of the batch', () => {
  const [x, scale, offset] = golden.batchNormTraining!.inputs.map(toTensor) as [Tensor4D, Tensor1D, Tensor1D];
  const before = memory().numTensors;
  const { y, mean, variance } = batchNormTraining(x, scale, offset, 1e-5);
  expect(memory().numTensors).toBe(before + 3);
  expect(distance(mean.dataSync(), golden.statistics.mean.data)).toBeLessThan(1e-5);
  expect(distance(variance.dataSync(), golden.statistics.unbiased.data)).toBeLessThan(1e-5);
  for (const t of [x, scale, offset, y, mean, variance]) t.dispose();
});

describe("on tfjs's own CPU backend", () => {
  afterAll(async () => {
    await setBackend('tensorflow');
  });

  // tfjs's formulas differ from PyTorch's in the slope of ReLU6 at exactly 6 and around a padded mean of pixels.
  it.each(Object.keys(cases).filter((name) => !['crossEntropy', 'relu6', 'avgPool'].includes(name)))(
    '%s is as ever',
    async (name) => {
      await setBackend('cpu');
      const { y, gradients } = evaluate(cases[name]!, golden[name]!);
      expect(distance(y, golden[name]!.y.data)).toBeLessThan(1e-5);
      for (const [i, g] of gradients.entries()) {
        expect(distance(g, golden[name]!.gradients[i]!.data)).toBeLessThan(2e-5);
      }
    },
  );
});
