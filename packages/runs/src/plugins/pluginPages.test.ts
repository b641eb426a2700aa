import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { optionsSchema } from '@understory/config';
import { optionRows } from './optionRows.ts';
import { pluginPages } from './pluginPages.ts';
import { keptTables, pocketResults } from '../tables/pocketResults.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const folder = path.join(root, 'docs/plugins');
const registry = createRegistry(defaultPlugins);
const pages = pluginPages(registry, pocketResults(await keptTables(path.join(root, 'results'))));

describe('docs/plugins', () => {
  it.each(Object.entries(pages))('%s says what the code says', (file, text) => {
    const cure = 'Run: understory list --markdown docs/plugins --overwrite';
    expect(readFileSync(path.join(folder, file), 'utf8'), cure).toBe(text);
  });

  it.each(defaultPlugins.map((p) => [p.token.key, p.name, p] as const))(
    '%s %s links each option that takes a plugin to the page of its kind',
    (kind, name, { uses = {}, options }) => {
      const known = optionRows(optionsSchema(options)).map((row) => row.name);
      const own = Object.entries(uses).filter(([key, token]) => !token.service && known.includes(key));
      for (const [key, token] of own)
        expect(pages[`${kind}.md`], name).toMatch(
          new RegExp(`\\| \`${key}\` \\|[^\\n]* of kind \\[${token.key}\\]\\(${token.key}\\.md\\) \\|`),
        );
    },
  );

  it('has no page of a kind that is gone', () =>
    expect(readdirSync(folder).sort()).toEqual(Object.keys(pages).sort()));

  it.each(defaultPlugins.map((p) => [p.token.key, p.name, p] as const))(
    '%s %s tells when to use it, its source, and what each option is',
    (_kind, _name, { when, source, options }) => {
      expect(when).toMatch(/\.$/);
      expect(source).toMatch(/\w/);
      const dumb = optionRows(optionsSchema(options)).filter(({ about }) => about === '');
      expect(dumb.map(({ name }) => name)).toEqual([]);
    },
  );
});
