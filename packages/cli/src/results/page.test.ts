import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tables, type Table } from '@understory/recipes';
import { describe, expect, it } from 'vitest';
import { keptOf, type MakeConfig } from './plan.ts';
import { withTable } from './renewTable.ts';
import { tableText } from './tableText.ts';
import { rowConfig } from './trainRow.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');
const kept = path.join(root, 'results', 'pocket');
const page = readFileSync(path.join(root, 'RESULTS.md'), 'utf8');

const make: MakeConfig = (row, seed) => rowConfig(row, seed, { runs: 'runs', set: [] });
const tableOf = (name: string): Table =>
  tables[name]!({ scale: 'pocket', data: 'train.tar', test: 'test.tar' });

describe.each(readdirSync(kept))('the results of %s', (name) => {
  const table = tableOf(name);

  it('stand in RESULTS.md as they are kept', async () => {
    const text = tableText(table, await keptOf(table, path.join(kept, name), make));
    expect(withTable(page, name, text)).toBe(page);
  });

  it('were trained with the settings that the table has now', async () => {
    const results = await keptOf(table, path.join(kept, name), make);
    const counted = [...results].flatMap(([row, all]) => all.map(({ seed }) => `${row}-seed${seed}.json`));
    expect(counted.sort()).toEqual(readdirSync(path.join(kept, name)).sort());
    expect(existsSync(path.join(root, 'results', 'README.md'))).toBe(true);
  });
});
