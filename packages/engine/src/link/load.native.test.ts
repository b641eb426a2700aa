import { describe, expect, it } from 'vitest';
import {
  getBackend,
  matMul,
  tensor2d,
  valueAndGrad,
  square,
  sum,
  engine as tfjsEngine,
} from '@tensorflow/tfjs-core';
import { loadEngine } from './load.ts';

describe('loadEngine', () => {
  it('puts tfjs on TensorFlow, once', async () => {
    const engine = await loadEngine();
    expect(engine).toMatchObject({ native: true, tensorflow: '2.21.0', notice: null });
    expect(getBackend()).toBe('tensorflow');
    expect(await loadEngine()).toBe(engine);
    expect(Object.keys(tfjsEngine().registryFactory)).toContain('cpu');
  });

  it('multiplies, and has gradients', () => {
    const a = tensor2d([1, 2, 3, 4], [2, 2]);
    expect([...matMul(a, a).dataSync()]).toEqual([7, 10, 15, 22]);
    const { grad } = valueAndGrad((x) => sum(square(x)))(a);
    expect([...grad.dataSync()]).toEqual([2, 4, 6, 8]);
  });
});
