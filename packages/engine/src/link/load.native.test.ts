import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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
import { installedEngine } from './status.ts';
import { targetOf } from './target.ts';
import { elsewhere } from './testing/elsewhere.ts';
import { removeScratch, scratch } from './testing/trial.ts';

afterAll(removeScratch);

const here = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/** Runs code in a process of its own, with another cache where one is named. */
const loading = (code: string, cache?: string): Promise<{ stdout: string; stderr: string }> =>
  elsewhere(
    `const { loadEngine } = await import(${here('load.ts')});\n${code}`,
    cache === undefined ? {} : { UNDERSTORY_CACHE: cache },
  );

describe('loadEngine', () => {
  it('puts tfjs on TensorFlow, once', async () => {
    const engine = await loadEngine();
    expect(engine).toMatchObject({ native: true, tensorflow: '2.21.0', notice: null });
    expect(getBackend()).toBe('tensorflow');
    expect(await loadEngine()).toBe(engine);
    expect(Object.keys(tfjsEngine().registryFactory)).toContain('cpu');
  });

  it.each(['tensorflow', 'cpu'])('says nothing on stderr by itself: %s', async (backend) => {
    const code = `const { getBackend, square } = await import('@tensorflow/tfjs-core');
      const { notice } = await loadEngine();
      console.log(JSON.stringify([getBackend(), square(3).dataSync()[0], notice]));`;
    const { stdout, stderr } = await loading(code, backend === 'cpu' ? '/proc/nowhere' : undefined);
    expect(stderr).toBe('');
    const notice: unknown =
      backend === 'cpu' ? expect.stringMatching(/times slower .*`understory engine install`/) : null;
    expect(JSON.parse(stdout)).toEqual([backend, 9, notice]);
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'compiles steps where the build for CUDA alone is installed',
    async () => {
      const cache = scratch();
      mkdirSync(path.join(cache, 'engine'));
      // The real build for CPUs under the other's name: what lies where is the same in both.
      const { folder } = installedEngine()!.at;
      symlinkSync(folder, path.join(cache, 'engine', targetOf({ cuda: true }).key));
      const code = `const { compile } = await import(${here('../compile/run/compile.ts')});
      const { square } = await import('@tensorflow/tfjs-core');
      const { native, notice } = await loadEngine();
      const squared = compile(({ x }) => ({ y: square(x) }));
      const { y } = await squared.run({ x: { data: new Float32Array([3]), shape: [1], dtype: 'float32' } });
      console.log(JSON.stringify([native, notice, y.data[0]]));`;
      const { stdout } = await loading(code, cache);
      expect(JSON.parse(stdout)).toEqual([true, null, 9]);
    },
  );

  it('multiplies, and has gradients', () => {
    const a = tensor2d([1, 2, 3, 4], [2, 2]);
    expect([...matMul(a, a).dataSync()]).toEqual([7, 10, 15, 22]);
    const { grad } = valueAndGrad((x) => sum(square(x)))(a);
    expect([...grad.dataSync()]).toEqual([2, 4, 6, 8]);
  });
});
