import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LOSS, OBJECTIVE } from '@understory/core';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { optionsSchema } from '@understory/config';
import { optionRows } from './optionRows.ts';
import { pluginPages } from './pluginPages.ts';

const folder = path.resolve(import.meta.dirname, '../../../docs/plugins');
const registry = createRegistry(defaultPlugins);
const pages = pluginPages(registry);

describe('docs/plugins', () => {
  it.each(Object.entries(pages))('%s says what the code says', (file, text) => {
    const cure = 'Run: understory list --markdown docs/plugins';
    expect(readFileSync(path.join(folder, file), 'utf8'), cure).toBe(text);
  });

  it('has no page of a kind that is gone', () =>
    expect(readdirSync(folder).sort()).toEqual(Object.keys(pages).sort()));

  it.each([...registry.list(OBJECTIVE), ...registry.list(LOSS)].map((p) => [p.name, p] as const))(
    '%s tells when to use it, its source, and what each option is',
    (_, { when, source, options }) => {
      expect(when).toMatch(/\.$/);
      expect(source).toMatch(/\w/);
      const dumb = optionRows(optionsSchema(options)).filter(({ about }) => about === '');
      expect(dumb.map(({ name }) => name)).toEqual([]);
    },
  );
});
