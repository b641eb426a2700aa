import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { linkProject } from './project.ts';
import { removeScratch, scratch } from './testing/trial.ts';

afterAll(removeScratch);

const requireHere = createRequire(import.meta.url);
const published = path.dirname(realpathSync(requireHere.resolve('@tensorflow/tfjs-node-gpu/package.json')));

/** A project as npm would have made it with install scripts off: a copy of the package, its dependencies beside it. */
const project = (...names: string[]): string => {
  const folder = scratch();
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "somebodys" }');
  const from = path.resolve(published, '../..');
  const to = path.join(folder, 'node_modules');
  for (const scope of readdirSync(from)) {
    const inner = scope.startsWith('@')
      ? readdirSync(path.join(from, scope)).map((n) => `${scope}/${n}`)
      : [scope];
    for (const name of inner.filter((n) => n !== '@tensorflow/tfjs-node-gpu')) {
      mkdirSync(path.dirname(path.join(to, name)), { recursive: true });
      symlinkSync(realpathSync(path.join(from, name)), path.join(to, name));
    }
  }
  // The package draws this one in without declaring it; npm puts it there all the same.
  const core = requireHere.resolve('@tensorflow/tfjs-core/package.json');
  symlinkSync(path.dirname(realpathSync(core)), path.join(to, '@tensorflow/tfjs-core'));
  for (const name of names) cpSync(published, path.join(to, name), { recursive: true });
  return folder;
};

const PROGRAM = `
const tf = require('NAME');
const x = tf.tensor2d([[1, 2], [3, 4]]);
const { values } = tf.topk(x, 1);
const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(w)));
console.log(JSON.stringify([tf.getBackend(), tf.matMul(x, x).arraySync(), values.arraySync(), value.arraySync()]));
`.replace('const { value', 'const w = tf.variable(tf.tensor1d([3, 4]));\nconst { value');

const runIn = async (folder: string, name: string): Promise<unknown> => {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', NODE_PATH: '' };
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', PROGRAM.replace('NAME', name)], {
    cwd: folder,
    env,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
};

describe('linkProject', () => {
  it('makes both packages of a project run on current TensorFlow', async () => {
    const folder = project('@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu');
    await expect(runIn(folder, '@tensorflow/tfjs-node')).rejects.toThrow(/can not be found/);
    const linked = await linkProject(folder);
    expect(linked.map(({ name, version, tensorflow }) => [name, version, tensorflow])).toEqual([
      ['@tensorflow/tfjs-node', '4.22.0', '2.21.0'],
      ['@tensorflow/tfjs-node-gpu', '4.22.0', '2.21.0'],
    ]);
    for (const { name, file } of linked) {
      expect(file).toContain('lib/napi-v8/tfjs_binding.node');
      expect(await runIn(folder, name)).toEqual([
        ...[
          'tensorflow',
          [
            [7, 10],
            [15, 22],
          ],
          [[2], [4]],
          25,
        ],
      ]);
    }
    expect(await linkProject(folder)).toEqual(linked); // again, over itself
  });

  it('puts the old binding back where the new one does not run', async () => {
    const folder = project('@tensorflow/tfjs-node');
    const inside = path.join(folder, 'node_modules/@tensorflow/tfjs-node');
    const file = path.join(inside, 'lib/napi-v8/tfjs_binding.node');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, 'old');
    writeFileSync(path.join(inside, 'dist/index.js'), 'throw new Error("broken in another way")');
    await expect(linkProject(folder)).rejects.toMatchObject({
      code: 'link-failed',
      message: /broken in another way/,
    });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(path.dirname(file))).toEqual(['tfjs_binding.node']);
  });

  it('refuses what is no such project', async () => {
    const empty = scratch();
    await expect(linkProject(empty)).rejects.toMatchObject({ code: 'not-a-project' });
    const other = project();
    await expect(linkProject(other)).rejects.toMatchObject({
      code: 'no-tfjs-node',
      message: /npm install --ignore-scripts/,
    });
  });

  it('wants the engine first', async () => {
    const folder = project('@tensorflow/tfjs-node');
    vi.stubEnv('UNDERSTORY_CACHE', scratch());
    await expect(linkProject(folder)).rejects.toMatchObject({ code: 'engine-not-installed' });
    vi.unstubAllEnvs();
    expect(existsSync(path.join(folder, 'node_modules/@tensorflow/tfjs-node/lib'))).toBe(false);
  });
});
