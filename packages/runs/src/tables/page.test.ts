import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { emojiKept, homeOf, type Table } from '@understory/recipes/experiments';
import { describe, expect, it } from 'vitest';
import { keptTables } from './pocketResults.ts';
import type { Results } from './rowFigures.ts';
import { mean } from './statistics.ts';
import { withTable } from './renewTable.ts';
import { tablePicture } from './tablePicture.ts';
import { tableText } from './tableText.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');
const kept = path.join(root, 'results', 'pocket');
const page = readFileSync(path.join(root, 'RESULTS.md'), 'utf8');

const all = await keptTables(path.join(root, 'results'));

describe.each(readdirSync(kept))('the results of %s', (name) => {
  const { table, results } = all.find((k) => k.table.name === name)!;

  it('stand in RESULTS.md as they are kept', () =>
    expect(withTable(page, name, tableText(table, results))).toBe(page));

  it('are drawn in docs/tables as they are kept', () => {
    const file = path.join(root, 'docs', 'tables', `${name}.svg`);
    const again = `understory reproduce ${name} --data <train> --test <test> --kept --picture docs/tables/${name}.svg --overwrite`;
    if (existsSync(file))
      expect(readFileSync(file, 'utf8'), `Run: ${again}`).toBe(`${tablePicture(table, results)}\n`);
    else expect(table.told, `Run: ${again}`).toBe('validation');
  });

  it('were trained with the settings that the table has now', () => {
    const own = table.rows.filter((row) => homeOf(table, row).table === name); // others are kept where they are at home
    const counted = own.flatMap(({ key }) => results.get(key)!.map(({ seed }) => `${key}-seed${seed}.json`));
    const there = readdirSync(path.join(kept, name)).filter((file) => !file.endsWith('.before.json'));
    expect(counted.sort()).toEqual(there.sort());
    expect(existsSync(path.join(root, 'results', 'README.md'))).toBe(true);
  });
});

const of = (name: string): { readonly table: Table; readonly results: Results } =>
  all.find(({ table }) => table.name === name)!;

/** Mean accuracy of a row's kept seeds on validation images after the last epoch. */
const chosenBy = (results: Results, key: string): number =>
  mean(results.get(key)!.map(({ result }) => result.last.validation['accuracy']!));

/** The trials of a table's row by their row's key, which ends with what was tried. */
const trialsOf = (trials: Table, key: string): string[] =>
  trials.rows.map((row) => row.key).filter((trial) => new RegExp(`^${key}-[\\d.]+$`).test(trial));

describe.each(['emoji', 'supervision-resnet18'])('the chosen weights of %s', (name) => {
  const [trials, tuned] = [of(`${name}-weights`), of(`${name}-tuned`)];

  it('are those that did best on validation images, of as many seeds each', () => {
    for (const { key, label } of tuned.table.rows.filter((row) => row.key !== tuned.table.reference)) {
      const tried = trialsOf(trials.table, key);
      const best = tried.reduce((a, b) =>
        chosenBy(trials.results, b) > chosenBy(trials.results, a) ? b : a,
      );
      expect(label).toMatch(new RegExp(` ${best.slice(key.length + 1)}$`));
      const counts = tried.map((trial) => trials.results.get(trial)!.length);
      expect(new Set(counts)).toEqual(new Set([trials.table.seeds]));
    }
  });

  it('were tried on other seeds than the table has', () => {
    const seeds = ({ results }: typeof tuned): number[] =>
      [...results.values()].flat().map(({ seed }) => seed);
    expect(seeds(trials).filter((seed) => seeds(tuned).includes(seed))).toEqual([]);
  });
});

it('tells newcomers what the seeds of the quick start reached', () => {
  const { table, results } = of('emoji-tuned');
  const accuracy = table.rows.map(({ key }) =>
    emojiKept.seeds.map((seed) => {
      const kept = results.get(key)?.find((one) => one.seed === seed);
      return Number((100 * (kept?.result.last.test['accuracy'] ?? NaN)).toFixed(2));
    }),
  );
  expect(accuracy).toEqual(emojiKept.accuracy);
});
