import { readFileSync } from 'node:fs';
import { add, memory, mul, sum, tidy, transpose, variableGrads, valueAndGrad } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { seedOf, variablesOf, type HeadRequest, type Tap } from '@understory/core';
import { relativeError, streamTensor } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { linear, mlp, pool, sepConv } from '../index.ts';

const request = (widths: readonly number[], side: number): HeadRequest => ({
  name: 'stage1',
  towards: widths.map((channels, i): Tap => ({ name: `stage${i + 1}`, channels, stride: 2 ** i })),
  shape: [side, side, widths[0]!],
  features: widths.at(-1)!,
  seed: seedOf(7),
});

const parameters = (head: LayersModel): number =>
  head.trainableWeights.reduce((n, w) => n + w.read().size, 0);

interface Golden {
  inference: number[];
  training: number[];
  inputGradient: number[];
  kernelGradients: number[][];
  scaleGradients: number[][];
  runningMean: number[][];
  runningVariance: number[][];
}

const golden = JSON.parse(
  readFileSync(new URL('../../testdata/sepconv.json', import.meta.url), 'utf8'),
) as Golden;

const weightsOf = (head: LayersModel, role: string): Variable[] =>
  Object.entries(variablesOf(head, '')).flatMap(([name, v]) => (name.endsWith(role) ? [v] : []));

/** From PyTorch's [out, in, h, w] to the layout of a kernel here. */
const toKernel = (torch: Tensor4D, to: Variable): Tensor4D => {
  const depthwise = to.name.includes('depthwise_kernel');
  return transpose(torch, depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]);
};

const fill = (head: LayersModel): void =>
  tidy(() => {
    for (const [i, kernel] of weightsOf(head, 'kernel').entries()) {
      const [h, w, a, b] = kernel.shape as [number, number, number, number];
      const shape = kernel.name.includes('depthwise_kernel') ? [a, b, h, w] : [b, a, h, w];
      kernel.assign(toKernel(streamTensor(shape, 10 + i) as Tensor4D, kernel));
    }
    for (const [i, gamma] of weightsOf(head, 'gamma').entries())
      gamma.assign(add(streamTensor(gamma.shape, 30 + i, 0.5), 1));
    for (const [i, beta] of weightsOf(head, 'beta').entries()) beta.assign(streamTensor(beta.shape, 50 + i));
  });

describe('sepConv against PyTorch', () => {
  const head = sepConv()(request([4, 6, 8], 9));
  fill(head);
  const x = tidy(() => transpose(streamTensor([3, 4, 9, 9], 1), [0, 2, 3, 1]) as Tensor4D);
  const direction = streamTensor([3, 8], 2) as Tensor2D;
  const along = (input: Tensor): Scalar =>
    sum(mul(head.apply(input, { training: true }) as Tensor, direction));

  it('gives the same in inference mode', () => {
    const y = head.apply(x, { training: false }) as Tensor;
    expect(relativeError(y.dataSync(), golden.inference)).toBeLessThan(1e-5);
  });

  it('gives the same, and moves its averages the same, in training mode', () => {
    const y = head.apply(x, { training: true }) as Tensor;
    expect(relativeError(y.dataSync(), golden.training)).toBeLessThan(1e-5);
    for (const [i, m] of weightsOf(head, 'moving_mean').entries())
      expect(relativeError(m.dataSync(), golden.runningMean[i]!)).toBeLessThan(1e-5);
    for (const [i, v] of weightsOf(head, 'moving_variance').entries())
      expect(relativeError(v.dataSync(), golden.runningVariance[i]!)).toBeLessThan(1e-5);
  });

  it('has the same gradients', () => {
    const { grad } = valueAndGrad(along)(x);
    expect(relativeError(transpose(grad, [0, 3, 1, 2]).dataSync(), golden.inputGradient)).toBeLessThan(2e-5);
    const { grads } = variableGrads(() => along(x));
    for (const [i, kernel] of weightsOf(head, 'kernel').entries()) {
      const torch = transpose(
        grads[kernel.name]!,
        kernel.name.includes('depthwise_kernel') ? [2, 3, 0, 1] : [3, 2, 0, 1],
      );
      expect(relativeError(torch.dataSync(), golden.kernelGradients[i]!), kernel.name).toBeLessThan(2e-5);
    }
    for (const [i, gamma] of weightsOf(head, 'gamma').entries())
      expect(relativeError(grads[gamma.name]!.dataSync(), golden.scaleGradients[i]!)).toBeLessThan(2e-5);
  });
});

describe('sepConv', () => {
  it.each([
    [[64, 128, 256, 512], 268_800],
    [[128, 256, 512], 254_976],
    [[256, 512], 202_752],
    [[256, 512, 1024, 2048], 4_171_776],
    [[512, 1024, 2048], 3_969_024],
    [[1024, 2048], 3_170_304],
  ])('of widths %j has %i parameters, as the official heads', (widths, count) => {
    const head = sepConv()(request(widths, 8));
    expect(parameters(head)).toBe(count);
    expect(head.outputs[0]!.shape).toEqual([null, widths.at(-1)]);
    head.dispose();
  });

  it('draws kernels with std sqrt(2 / fan-out), where the fan-out of a depthwise one is all channels times nine', () => {
    const head = sepConv()(request([64, 128], 4));
    const std = (v: Variable): number =>
      Math.sqrt(v.dataSync<'float32'>().reduce((s, w) => s + w * w, 0) / v.size);
    const [depthwise, pointwise] = weightsOf(head, 'kernel') as [Variable, Variable];
    expect(std(depthwise)).toBeCloseTo(Math.sqrt(2 / (9 * 64)), 2);
    expect(std(pointwise)).toBeCloseTo(Math.sqrt(2 / 64), 1);
    head.dispose();
  });

  it('ends in a fully connected layer where the options say so', () => {
    const head = sepConv({ fullyConnected: 32 })(request([4, 8], 4));
    expect(head.outputs[0]!.shape).toEqual([null, 32]);
    expect(parameters(head)).toBe(4 * 4 + 4 * 8 + 20 * 4 + 2 * 8 + 8 * 32 + 32);
    head.dispose();
  });

  it('only pools on the deepest stage', () => {
    const head = sepConv()(request([8], 4));
    expect(parameters(head)).toBe(0);
    expect(head.outputs[0]!.shape).toEqual([null, 8]);
    head.dispose();
  });
});

describe('dense heads', () => {
  it.each([
    ['pool', pool(), 6, 0],
    ['linear', linear({ width: 5 }), 5, 6 * 5 + 5],
    ['mlp', mlp({ width: 5 }), 5, 6 * 6 + 6 + 6 * 5 + 5],
    ['mlp with a hidden width', mlp({ width: 5, hidden: 9 }), 5, 6 * 9 + 9 + 9 * 5 + 5],
  ] as const)('%s', (_name, factory, width, count) => {
    const head = factory(request([6, 12], 4));
    expect(head.outputs[0]!.shape).toEqual([null, width]);
    expect(parameters(head)).toBe(count);
    head.dispose();
  });

  it('leave no tensor behind', () => {
    const before = memory().numTensors;
    mlp()(request([6, 12], 4)).dispose();
    sepConv()(request([6, 12], 4)).dispose();
    expect(memory().numTensors).toBe(before);
  });
});
