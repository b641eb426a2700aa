import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { linkProject, projectStatus, unlinkProject } from './project.ts';
import { ownTests } from './testing/ownTests.ts';
import { KINDS, runKind, somebodysProject, traceOf } from './testing/somebodys.ts';
import { removeScratch, scratch } from './testing/trial.ts';

afterAll(removeScratch);

describe('five kinds of project', () => {
  const folder = somebodysProject('@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu');
  const before = traceOf(folder);

  it.each(Object.entries(KINDS))('%s does not run before', async (_, kind) => {
    await expect(runKind(folder, kind)).rejects.toThrow(/can not be found/);
  });

  it('links both packages of a project, and again over themselves', async () => {
    const linked = await linkProject(folder);
    expect(linked.map(({ name, version, tensorflow }) => [name, version, tensorflow])).toEqual([
      ['@tensorflow/tfjs-node', '4.22.0', '2.21.0'],
      ['@tensorflow/tfjs-node-gpu', '4.22.0', '2.21.0'],
    ]);
    for (const { file } of linked) expect(file).toContain('lib/napi-v8/tfjs_binding.node');
    expect(await linkProject(folder)).toEqual(linked);
    expect(projectStatus(folder)).toEqual(linked);
  });

  it.each(Object.entries(KINDS))('%s runs on current TensorFlow', async (_, kind) => {
    expect(await runKind(folder, kind)).toEqual(kind.says);
  });

  it('the program of the guide to migration learns what its successor there learns', async () => {
    const page = readFileSync(new URL('../../../../docs/guide/migration.md', import.meta.url), 'utf8');
    const [, text = ''] =
      /^```js\n(const tf = require\('@tensorflow\/tfjs-node'\)[^]*?)^```$/m.exec(page) ?? [];
    expect(await runKind(folder, { file: 'guide.cjs', text, says: [] })).toEqual(['2.00', '1.00']);
  });

  it("pass tfjs-node's own tests of what it adds to tfjs-core", async () => {
    const { passed, failed } = await ownTests(folder);
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(90);
  });

  it('are as they were once they are unlinked', async () => {
    expect(unlinkProject(folder)).toEqual(['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu']);
    expect(traceOf(folder)).toEqual(before);
    expect(unlinkProject(folder)).toEqual([]);
    expect(projectStatus(folder).map(({ tensorflow }) => tensorflow)).toEqual([null, null]);
    await expect(runKind(folder, KINDS['CommonJS']!)).rejects.toThrow(/can not be found/);
  });
});

/** A project whose package has a binding already. */
const withBinding = (): { folder: string; inside: string; file: string } => {
  const folder = somebodysProject('@tensorflow/tfjs-node');
  const inside = path.join(folder, 'node_modules/@tensorflow/tfjs-node');
  const file = path.join(inside, 'lib/napi-v8/tfjs_binding.node');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, 'old');
  return { folder, inside, file };
};

describe('linkProject', () => {
  it('puts the old binding back where the new one does not run', async () => {
    const { folder, inside, file } = withBinding();
    writeFileSync(path.join(inside, 'dist/index.js'), 'throw new Error("broken in another way")');
    await expect(linkProject(folder)).rejects.toMatchObject({
      code: 'link-failed',
      message: /broken in another way/,
    });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(path.dirname(file))).toEqual(['tfjs_binding.node']);
  });

  it('keeps the old binding for unlinking, and leaves one alone that was installed since', async () => {
    const { folder, file } = withBinding();
    const before = traceOf(folder);
    await linkProject(folder);
    unlinkProject(folder);
    expect(traceOf(folder)).toEqual(before);
    await linkProject(folder);
    writeFileSync(file, 'installed anew');
    expect(unlinkProject(folder)).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe('installed anew');
    expect(readdirSync(path.dirname(file))).toEqual(['tfjs_binding.node']);
  });

  it('refuses what is no such project', async () => {
    const empty = scratch();
    await expect(linkProject(empty)).rejects.toMatchObject({ code: 'not-a-project' });
    const other = somebodysProject();
    await expect(linkProject(other)).rejects.toMatchObject({
      code: 'no-tfjs-node',
      message: /npm install --ignore-scripts/,
    });
  });

  it('wants the engine first, the one for CUDA where that is asked for', async () => {
    const folder = somebodysProject('@tensorflow/tfjs-node');
    vi.stubEnv('UNDERSTORY_CACHE', scratch());
    await expect(linkProject(folder)).rejects.toMatchObject({ code: 'engine-not-installed' });
    await expect(linkProject(folder, { cuda: true })).rejects.toMatchObject({
      code: 'engine-not-installed',
      message: /for CUDA.*install --cuda/,
    });
    vi.unstubAllEnvs();
    expect(existsSync(path.join(folder, 'node_modules/@tensorflow/tfjs-node/lib'))).toBe(false);
  });
});
