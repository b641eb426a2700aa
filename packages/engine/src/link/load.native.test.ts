import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
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

  it.each(['tensorflow', 'cpu'])('says nothing on stderr by itself: %s', async (backend) => {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const code = `const { loadEngine } = await import(${JSON.stringify(new URL('load.ts', import.meta.url).href)});
      const { getBackend, square } = await import('@tensorflow/tfjs-core');
      const { notice } = await loadEngine();
      console.log(JSON.stringify([getBackend(), square(3).dataSync()[0], notice]));`;
    const args = ['--import', tsx, '--conditions=@understory/source', '--input-type=module', '-e', code];
    const env = { ...process.env, ...(backend === 'cpu' && { UNDERSTORY_CACHE: '/proc/nowhere' }) };
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env, cwd });
    expect(stderr).toBe('');
    const notice: unknown =
      backend === 'cpu' ? expect.stringMatching(/times slower .*`understory engine install`/) : null;
    expect(JSON.parse(stdout)).toEqual([backend, 9, notice]);
  });

  it('multiplies, and has gradients', () => {
    const a = tensor2d([1, 2, 3, 4], [2, 2]);
    expect([...matMul(a, a).dataSync()]).toEqual([7, 10, 15, 22]);
    const { grad } = valueAndGrad((x) => sum(square(x)))(a);
    expect([...grad.dataSync()]).toEqual([2, 4, 6, 8]);
  });
});
