import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { keptTables } from './pocketResults.ts';
import { withTable } from './renewTable.ts';
import { tableText } from './tableText.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');
const kept = path.join(root, 'results', 'pocket');
const page = readFileSync(path.join(root, 'RESULTS.md'), 'utf8');

const all = await keptTables(path.join(root, 'results'));

describe.each(readdirSync(kept))('the results of %s', (name) => {
  const { table, results } = all.find((k) => k.table.name === name)!;

  it('stand in RESULTS.md as they are kept', () =>
    expect(withTable(page, name, tableText(table, results))).toBe(page));

  it('were trained with the settings that the table has now', () => {
    const counted = [...results].flatMap(([row, seeds]) =>
      seeds.map(({ seed }) => `${row}-seed${seed}.json`),
    );
    expect(counted.sort()).toEqual(readdirSync(path.join(kept, name)).sort());
    expect(existsSync(path.join(root, 'results', 'README.md'))).toBe(true);
  });
});
