import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadPlugins } from './loadPlugins.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plugins-'));
const load = (name: string, text?: string): ReturnType<typeof loadPlugins> => {
  if (text !== undefined) writeFileSync(path.join(folder, name), text);
  return loadPlugins([`./${name}`], (file) => pathToFileURL(path.join(folder, file)).href);
};

const GOOD = `{ token: { key: 'loss' }, name: 'good', options: { parse: (v) => v }, create: () => 1 }`;

describe('plugins of other packages', () => {
  it('are collected, alone and in lists, each once', async () => {
    const found = await load(
      'good.mjs',
      `export const good = ${GOOD}; export const all = [good]; export const n = 3;`,
    );
    expect(found.map(({ name }) => name)).toEqual(['good']);
  });

  it.each([
    ['missing.mjs', undefined, /Cannot import the plugin "\.\/missing\.mjs".*path under "plugins"/],
    ['throws.mjs', 'throw new Error("boom\\nat x")', /"\.\/throws\.mjs": boom\. Correct the file/],
    ['syntax.mjs', 'export const = 1', /Cannot import the plugin/],
    ['empty.mjs', 'export const n = null;', /exports no plugin/],
    [
      'half.mjs',
      `export const x = { token: { key: 'loss' }, name: 'half', create: () => 1 };`,
      /"half" of "\.\/half\.mjs" lacks/,
    ],
  ])('are refused in one line: %s', async (name, text, message) => {
    const error: unknown = await load(name, text).catch((caught: unknown) => caught);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/^.{1,399}$/);
  });
});
