import { memory } from '@tensorflow/tfjs-core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { seedOf } from '../random.ts';
import { batchNorm } from './batchNorm.ts';
import { initialize } from './initialize.ts';

const build = (): LayersModel => {
  const x = input({ shape: [8, 8, 16] });
  const stack = [
    layers.conv2d({ name: 'conv', filters: 64, kernelSize: 3 }),
    batchNorm({ name: 'norm' }),
    layers.depthwiseConv2d({ name: 'depthwise', kernelSize: 3, useBias: false }),
    layers.flatten({ name: 'flatten' }),
    layers.dense({ name: 'dense', units: 10 }),
  ];
  const outputs = stack.reduce<SymbolicTensor>((map, layer) => layer.apply(map) as SymbolicTensor, x);
  return model({ inputs: x, outputs });
};

const values = (made: LayersModel, name: string): Float32Array =>
  made.weights
    .find((w) => w.originalName === name)!
    .read()
    .dataSync() as Float32Array;

const deviation = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);

describe('initialize', () => {
  it('draws by the fan-out rule', () => {
    const made = build();
    initialize(made, seedOf(1));
    expect(deviation(values(made, 'conv/kernel'))).toBeCloseTo(Math.sqrt(2 / (9 * 64)), 2);
    expect(deviation(values(made, 'depthwise/depthwise_kernel'))).toBeCloseTo(Math.sqrt(2 / (9 * 64)), 2);
    const bound = 1 / Math.sqrt(4 * 4 * 64);
    const dense = values(made, 'dense/kernel');
    expect(Math.max(...dense.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(deviation(dense)).toBeCloseTo(bound / Math.sqrt(3), 3);
    expect(deviation(values(made, 'dense/bias'))).toBeGreaterThan(0);
    expect([...values(made, 'conv/bias')]).toEqual(Array(64).fill(0));
    expect([...values(made, 'norm/gamma'), ...values(made, 'norm/moving_mean')]).toEqual([
      ...Array<number>(64).fill(1),
      ...Array<number>(64).fill(0),
    ]);
    made.dispose();
  });

  it('gives the same weights for the same seed and keeps no tensor', () => {
    const [one, two] = [build(), build()];
    const before = memory().numTensors;
    initialize(one, seedOf(1));
    initialize(two, seedOf(1));
    expect(memory().numTensors).toBe(before);
    expect(values(one, 'conv/kernel')).toEqual(values(two, 'conv/kernel'));
    initialize(two, seedOf(2));
    expect(values(one, 'conv/kernel')).not.toEqual(values(two, 'conv/kernel'));
    expect(values(one, 'conv/kernel').slice(0, 9)).not.toEqual(
      values(one, 'depthwise/depthwise_kernel').slice(0, 9),
    );
    one.dispose();
    two.dispose();
  });
});
