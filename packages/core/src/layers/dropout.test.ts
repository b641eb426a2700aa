import { memory, ones, tensor1d, tidy, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { input, type layers, loadLayersModel, model } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { dropout, stochasticDepth } from './dropout.ts';

const seed = (a: number): Tensor1D => tensor1d([a, 1], 'int32');
const apply = (layer: layers.Layer, x: Tensor, args: object): Float32Array =>
  tidy(() => (layer.apply(x, args) as Tensor).dataSync<'float32'>());
const mean = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('dropout', () => {
  it('drops the asked share, keeps the mean, and follows the seed', () => {
    const layer = dropout({ name: 'drop', rate: 0.3 });
    const x = ones([50, 400]);
    const y = apply(layer, x, { training: true, seed: seed(1) });
    const zeros = y.filter((v) => v === 0).length / y.length;
    expect(Math.abs(zeros - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / y.length));
    expect(Math.max(...y)).toBeCloseTo(1 / 0.7);
    expect(apply(layer, x, { training: true, seed: seed(1) })).toEqual(y);
    expect(apply(layer, x, { training: true, seed: seed(2) })).not.toEqual(y);
    expect(apply(dropout({ name: 'other', rate: 0.3 }), x, { training: true, seed: seed(1) })).not.toEqual(y);
  });

  it('does nothing at inference or with rate 0', () => {
    const x = ones([2, 3]);
    const before = memory().numTensors;
    expect(mean(apply(dropout({ name: 'a', rate: 0.5 }), x, { training: false }))).toBe(1);
    expect(mean(apply(dropout({ name: 'b', rate: 0 }), x, { training: true }))).toBe(1);
    expect(memory().numTensors).toBe(before);
  });

  it('asks for its seed and for a rate that makes sense', () => {
    const layer = dropout({ name: 'drop', rate: 0.5 });
    expect(() => layer.apply(ones([2, 2]), { training: true })).toThrow(/"drop" got no seed/);
    expect(() => dropout({ name: 'drop', rate: 1 })).toThrow(/rate 1\./);
  });
});

describe('stochasticDepth', () => {
  it('drops whole samples', () => {
    const y = apply(stochasticDepth({ name: 'path', rate: 0.25 }), ones([2000, 2, 2, 3]), {
      training: true,
      seed: seed(4),
    });
    const samples = Array.from({ length: 2000 }, (_, i) => y.subarray(12 * i, 12 * i + 12));
    expect(samples.every((s) => s.every((v) => v === s[0]))).toBe(true);
    const kept = samples.filter((s) => s[0]! > 0).length / 2000;
    expect(Math.abs(kept - 0.75)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / 2000));
  });

  it('saves itself as a standard layer', async () => {
    const x = input({ shape: [2, 2, 3] });
    const made = model({
      inputs: x,
      outputs: stochasticDepth({ name: 'path', rate: 0.25 }).apply(x) as typeof x,
    });
    const loaded = await loadLayersModel({
      load: () => Promise.resolve({ modelTopology: made.toJSON(null, false) }),
    });
    expect(loaded.layers.map((l) => l.getClassName())).toEqual(['InputLayer', 'Dropout']);
    expect(mean((loaded.predict(ones([1, 2, 2, 3])) as Tensor).dataSync() as Float32Array)).toBe(1);
  });
});
