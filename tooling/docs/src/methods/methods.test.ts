import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { OBJECTIVE, type BuiltObjective, type Spec } from '@understory/core';
import { buildContextOf, tinyBackbone } from '@understory/core/testing';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
// @boundaries-ignore tests of the recipes and of these pages walk the same methods
import { METHODS, teacherFor } from '../../../../packages/recipes/src/testing/methods.ts';
import { ROOT, textOf } from '../pages.ts';
import { LOOKS, type Place } from './looks.ts';
import { resultsAnchor } from './methodPages.ts';
import { madeMethods, objectives, pageOf, reachedBy } from './made.ts';

const made = await madeMethods();
const names = objectives.map(({ name }) => name);

describe('docs/methods', () => {
  it.each([...made])('%s says what the code and the kept results say', (file, text) => {
    const there = existsSync(path.join(ROOT, file)) ? readFileSync(path.join(ROOT, file), 'utf8') : '';
    expect(there, 'Run: npm run renew').toBe(text);
  });

  it('has a page for each objective, and no other', () => {
    const pages = readdirSync(path.join(ROOT, 'docs/methods')).filter((file) => file.endsWith('.md'));
    expect(pages.sort()).toEqual([...names.map((name) => `${name}.md`), 'README.md'].sort());
    expect(Object.keys(LOOKS).sort()).toEqual([...names].sort());
  });

  it.each(names)('%s has a formula, what its terms are, a config that uses it, and its source', (name) => {
    const text = textOf(pageOf(name));
    expect(text).toMatch(/^\$\$\n[^$]*\\mathcal L[^$]*\n\$\$$/m);
    expect(text.match(/^- .*\$/gm)?.length).toBeGreaterThan(0);
    expect(/^```yaml\n([^]*?)^```/m.exec(text)?.[1]).toContain(name);
    expect(text).toMatch(/^\*\*Source:\*\* \w/m);
  });
});

/** Cells of the row of a table of RESULTS.md, by the row's label. */
const cellsOf = (results: string, table: string, label: string): readonly string[] => {
  const [, after = ''] = results.split(`<!-- table ${table} -->`);
  const rows = (after.split('<!-- end of table -->')[0] ?? '').split('\n');
  const cells = rows.map((line) => line.split('|').map((cell) => cell.trim().replace(/ \*$/, '')));
  return cells.find((row) => row.includes(label)) ?? [];
};

it('what a page says that a method reached is what RESULTS.md says', async () => {
  const results = textOf('RESULTS.md');
  const reached = [...(await reachedBy()).values()].flat();
  expect(reached.length).toBeGreaterThan(40);
  for (const { table, row, reached: value, above, seeds } of reached) {
    const cells = cellsOf(results, table, row);
    expect(cells, `${table}, ${row}`).toEqual(
      expect.arrayContaining([value, seeds, ...(above === undefined ? [] : [above])]),
    );
    expect(resultsAnchor(results, table)).toMatch(/\w/);
  }
});

/** The stages at which something hangs that trains with a method: modules that are named after one, and classifiers of one. */
const stagesOf = ({ modules, embeds = {}, classifies = [] }: BuiltObjective): ReadonlySet<string> =>
  new Set(
    [...Object.keys(modules), ...Object.values(embeds), ...classifies.map(({ tap }) => tap)].flatMap(
      (name) => /stage\d|final|pooled/.exec(name)?.[0].replace('final', 'pooled') ?? [],
    ),
  );

it('a picture shows every stage at which a method hangs something', async () => {
  const registry = createRegistry(defaultPlugins);
  const teacher = await teacherFor(registry);
  const trainLabels = Int32Array.from({ length: 20 }, (_, i) => i % 5);
  const specs = METHODS.flatMap(([, list, streams]) => list.map((spec) => [spec, streams] as const));
  for (const [spec, streams] of specs) {
    const [name, options]: readonly [string, object] = typeof spec === 'string' ? [spec, {}] : spec;
    const { at, hangs } = LOOKS[name] ?? { at: [] };
    const plain: Spec = 'taps' in options ? [name, { ...options, taps: 'none' }] : spec; // what it does by default
    const context = buildContextOf(tinyBackbone(), {
      streams,
      teacher,
      twin: () => tinyBackbone(),
      trainLabels,
    });
    const built = await registry.make(OBJECTIVE, plain).build(context);
    const stages = [...stagesOf(built)];
    expect(at, name).toEqual(expect.arrayContaining(stages as Place[]));
    if (stages.length > 0) expect(hangs, name).toBeDefined();
  }
});
