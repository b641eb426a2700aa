import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { loadConfig } from '@understory/config/node';
import * as core from '@understory/core';
import { provide, type AnyPlugin, type Token } from '@understory/core';
import { createRegistry } from '@understory/registry';
import { openRegistry } from '@understory/runs';
import { conformance } from '@understory/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from './index.ts';

const home = path.resolve(import.meta.dirname, '..');
const bin = path.join(home, 'bin/create-plugin.js');
let folder: string;

// Beside this package's own dependencies, which the new packages then find.
beforeAll(() => {
  const cache = path.join(home, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(path.join(cache, 'made-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]): { status: number | null; text: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
};

const isToken = (value: unknown): value is Token<unknown> =>
  typeof value === 'object' && value !== null && 'key' in value && Object.keys(value).length === 1;

it('has a template of every kind of plugin', () => {
  const kinds = Object.values(core)
    .filter(isToken)
    .map(({ key }) => key);
  expect([...KINDS].sort()).toEqual(kinds.filter((key) => key !== 'report-section').sort());
  expect(readdirSync(path.join(home, 'templates')).sort()).toEqual(
    [...KINDS.map((kind) => `${kind}.ts`), 'tsconfig.json'].sort(),
  );
});

describe.each(KINDS)('the template of a %s', (kind) => {
  it('keeps the contract of its kind', async () => {
    const { ownPlugin } = (await import(path.join(home, 'templates', `${kind}.ts`))) as {
      ownPlugin: AnyPlugin;
    };
    const registry = createRegistry([ownPlugin]).provide([provide(core.RUN, { folder, name: 'tried' })]);
    for (const { run: check } of conformance(ownPlugin, { registry })) await check();
  });

  it('becomes a package that a config finds by name, as its README says', async () => {
    const name = `my-${kind}`;
    expect(run(name, '--kind', kind)).toMatchObject({
      status: 0,
      text: expect.stringContaining('npm test') as string,
    });
    const [, yaml = ''] =
      /```yaml\n([^]*?)```/.exec(readFileSync(path.join(folder, name, 'README.md'), 'utf8')) ?? [];
    const config = path.join(folder, `${kind}.yaml`);
    const dataset = kind === 'dataset' ? '' : 'dataset: emoji\n';
    const found = yaml.replace(`'understory-${name}'`, `./${name}/src/index.ts`);
    writeFileSync(config, `name: tried\n${dataset}${found}`);
    await expect(loadConfig(config, [], openRegistry)).resolves.toHaveProperty('config.name', 'tried');
  });
});

it('refuses what it cannot make, with a cure, and writes over nothing', () => {
  mkdirSync(path.join(folder, 'full'));
  writeFileSync(path.join(folder, 'full/mine.txt'), 'mine');
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /Name a folder: npm create/],
    [['a'], /Which kind of plugin\? Choose --kind augmentation, /],
    [['a', '--kind', 'los'], /No kind "los"\. Choose --kind /],
    [['a', '--kind', '__proto__'], /No kind/],
    [['a', 'b', '--kind', 'loss'], /One folder, not 2: a, b/],
    [['full', '--kind', 'loss'], /full is not empty/],
    [['full/mine.txt', '--kind', 'loss'], /full\/mine\.txt is a file\. Name a folder/],
    [['a', '--kind', 'loss', '--name', 'My Loss'], /"My Loss" is no name of a plugin/],
    [['a', '--kind', 'loss', '--name', '../up'], /no name of a plugin/],
    [['a', '--kind', 'loss', '--package', 'No/Way/There'], /no name of a package/],
    [['a', '--kid', 'loss'], /--kid.*See --help/],
  ];
  for (const [args, why] of cases) {
    const { status, text } = run(...args);
    expect(status, args.join(' ')).toBe(1);
    expect(text).toMatch(why);
    expect(text.trim().split('\n')).toHaveLength(1);
  }
  expect(existsSync(path.join(folder, 'a'))).toBe(false);
  expect(readdirSync(path.join(folder, 'full'))).toEqual(['mine.txt']);
});
