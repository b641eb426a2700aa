import { memory, type Tensor } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { input, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { stream } from '../testing/deterministic.ts';
import { reloaded } from '../testing/saved.ts';
import { attention } from './attention.ts';
import { layerNorm } from './layerNorm.ts';
import { layerScale } from './layerScale.ts';

const around = (layer: layers.Layer, shape: number[]): LayersModel => {
  const x = input({ shape });
  const made = model({ inputs: x, outputs: layer.apply(x) as SymbolicTensor });
  for (const [i, weight] of made.weights.entries()) weight.write(stream(weight.shape as number[], 7 + i));
  return made;
};

// Each computes here in its own way, and elsewhere as the standard layers that it is saved as.
describe.each([
  ['attention', () => around(attention({ name: 'a', heads: 3, tokens: 5, width: 12 }), [5, 36]), [2, 5, 36]],
  [
    'attention with one head',
    () => around(attention({ name: 'a', heads: 1, tokens: 4, width: 6 }), [4, 18]),
    [2, 4, 18],
  ],
  ['layerNorm of maps', () => around(layerNorm({ name: 'n' }), [3, 4, 6]), [2, 3, 4, 6]],
  ['layerNorm of tokens', () => around(layerNorm({ name: 'n', epsilon: 0.1 }), [4, 6]), [2, 4, 6]],
  ['layerNorm of vectors', () => around(layerNorm({ name: 'n' }), [6]), [2, 6]],
  ['layerScale', () => around(layerScale('s', [3, 4, 6]), [3, 4, 6]), [2, 3, 4, 6]],
] as const)('%s', (_, make, shape) => {
  it('equals the standard layers that it is saved as, and keeps no tensor', async () => {
    const made = make();
    const plain = await reloaded(made);
    const x = stream(shape, 1, 3);
    const before = memory().numTensors;
    const [here, there] = [made.predict(x) as Tensor, plain.predict(x) as Tensor];
    expect(memory().numTensors).toBe(before + 2);
    expect(here.shape).toEqual(there.shape);
    const other = there.dataSync();
    expect(Math.max(...here.dataSync().map((v, i) => Math.abs(v - other[i]!)))).toBeLessThan(1e-5);
    expect(plain.layers[1]).not.toBeInstanceOf(made.layers[1]!.constructor);
  });
});
