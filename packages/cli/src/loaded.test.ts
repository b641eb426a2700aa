import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@understory/runs/testing';
import { describe, expect, it } from 'vitest';
import { start } from './testing/understory.ts';

const folder = temporaryFolder();

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/** Files that a command line loads, as V8 tells them when the process ends. */
const loadedBy = async (args: readonly string[]): Promise<string[]> => {
  const coverage = mkdtempSync(path.join(folder, 'coverage-'));
  const { code } = await start(args, folder, { NODE_V8_COVERAGE: coverage }).finished;
  expect(code).toBe(0);
  return readdirSync(coverage).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(path.join(coverage, file), 'utf8')) as Coverage;
    return result.filter(({ url }) => url.startsWith('file:')).map(({ url }) => fileURLToPath(url));
  });
};

/** The package that a file is of. */
const packageOf = (file: string): string => {
  const parts = file.split(path.sep);
  const own = parts.lastIndexOf('node_modules');
  if (own === -1) return `@understory/${parts[parts.lastIndexOf('packages') + 1] ?? ''}`;
  const [scope = '', name = ''] = parts.slice(own + 1);
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
};

const LIGHT = ['@understory/cli', '@understory/core', '@understory/runs', 'commander'];
/** What draws progress comes with commands that may show some. */
const PROGRESS = [
  'ansi-regex',
  'cli-progress',
  'emoji-regex',
  'is-fullwidth-code-point',
  'string-width',
  'strip-ansi',
];

describe('no plugin, no TensorFlow and no schema library is loaded by', () => {
  it.each(
    ['--help', '--version', 'train --help', 'list', 'list metric --json', 'completion bash'].map((line) => [
      line,
    ]),
  )('understory %s', async (line) => {
    const files = await loadedBy(line.split(' '));
    const packages = new Set(files.map(packageOf));
    for (const light of [...LIGHT, ...PROGRESS]) packages.delete(light);
    expect([...packages]).toEqual([]);
    expect(files.length).toBeGreaterThan(20);
    expect(files.length).toBeLessThan(90);
  });
});
