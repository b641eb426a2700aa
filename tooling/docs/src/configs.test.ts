import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '@understory/config/node';
import * as core from '@understory/core';
import { schemaKeys, type AnyPlugin, type Token } from '@understory/core';
import { defaultPlugins } from '@understory/recipes';
import { openRegistry } from '@understory/runs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { blocksIn, documents } from './documented.ts';
import { ROOT, textOf, unfenced } from './pages.ts';

it('every config of every page is accepted, its plugins with their options too', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'configs-'));
  const blocks = blocksIn('yaml', 'yml').filter(({ notRun }) => notRun === undefined);
  expect(blocks.length).toBeGreaterThan(7);
  for (const [i, { name, text }] of blocks.entries()) {
    const file = path.join(folder, `${i}.yaml`);
    // A block may be the part of a config that its text is about.
    writeFileSync(file, /^dataset:/m.test(text) ? text : `dataset: emoji\n${text}`);
    await expect(loadConfig(file, [], openRegistry), name).resolves.toHaveProperty('config.dataset');
  }
});

const byName = new Map<string, AnyPlugin[]>();
for (const plugin of defaultPlugins) byName.set(plugin.name, [...(byName.get(plugin.name) ?? []), plugin]);

/** The text of an object that begins at a place, up to the brace that closes it. */
const objectAt = (text: string, from: number): string => {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    depth += text[i] === '{' ? 1 : text[i] === '}' ? -1 : 0;
    if (depth === 0) return text.slice(from, i + 1);
  }
  return '{}';
};

/** What a text between backquotes names as `[name, { option: … }]`: the plugin, and the options' keys. */
const namedIn = (code: string): readonly (readonly [name: string, keys: readonly string[]])[] =>
  [...code.matchAll(/\[\s*'?([a-z][a-z\d-]+)'?,\s*(?=\{)/g)].flatMap((match) => {
    const [all, name = ''] = match;
    if (!byName.has(name)) return [];
    const options = objectAt(code, match.index + all.length).replaceAll('…', '0');
    return [[name, Object.keys(parse(options) as object)] as const];
  });

it('every option that a text names in a spec is one of its plugin', () => {
  const found = documents.flatMap((page) =>
    [...unfenced(textOf(page)).matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) =>
      namedIn(code).map(([name, keys]) => ({ page, name, keys })),
    ),
  );
  expect(found.length).toBeGreaterThan(15);
  const wrong = found.filter(({ name, keys }) =>
    (byName.get(name) ?? []).every(({ options }) => keys.some((key) => !schemaKeys(options).includes(key))),
  );
  expect(wrong).toEqual([]);
});

const isToken = (value: unknown): value is Token<unknown> =>
  typeof value === 'object' && value !== null && 'key' in value && Object.keys(value).length === 1;

it("core's README names every kind of plugin", () => {
  const text = readFileSync(path.join(ROOT, 'packages/core/README.md'), 'utf8');
  const tokens = Object.entries(core).flatMap(([name, value]) => (isToken(value) ? [name] : []));
  expect(tokens).toContain('QUEUE_LOSS');
  expect(tokens.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});
