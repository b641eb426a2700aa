import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Spec } from '@understory/core';
import { rowOf, tables, type Row, type Table } from '@understory/recipes/experiments';
import { describe, expect, it } from 'vitest';
import { keptSeeds, readKept, setAside, writeKept, type KeptResult, type Wanted } from './keptResults.ts';
import type { TableSetup } from './tableSetup.ts';
import { keptOf, leftOut, taskName, measuredOnOthers, wantedOf, type MakeConfig, type Task } from './plan.ts';
import { renewTable, withTable } from './renewTable.ts';
import { sameSettings, settingsOf } from '../run/settings.ts';
import { tableText } from './tableText.ts';
import { rowConfig } from './trainRow.ts';
import { keepable, openTasks, taskBefore, withBases } from './trainTask.ts';

const temporary = (): string => mkdtempSync(path.join(tmpdir(), 'understory-results-'));
const tableOf = (name: string, data = 'a/train.tar', test = 'a/test.tar'): Table =>
  tables[name]!({ scale: 'pocket', data, test });
const making =
  (table: Table, runs = 'runs', set: readonly string[] = []): MakeConfig =>
  (row, seed) =>
    rowConfig(row, seed, { table, runs, set });
const taskOf = (table: Table, key: string, seed: number): Task => ({ row: rowOf(table, key), seed });

const resultOf = (wanted: Wanted, accuracy: number): KeptResult => {
  const metrics = { validation: { accuracy: 0.5 }, test: { accuracy, ece: 0.04 } };
  const result = { selectOn: 'validation', bestEpoch: 1, best: metrics, last: metrics } as const;
  return { ...wanted, engine: 'a test', epochs: 2, seconds: 3, result };
};

describe('settingsOf', () => {
  it('is the same wherever the data and the runs lie', () => {
    const wanted = (table: Table, runs: string): Wanted =>
      wantedOf(table, taskOf(table, 'kd', 1), making(table, runs));
    const here = wanted(tableOf('distillation'), 'runs');
    const there = wanted(tableOf('distillation', '/b/c/train.tar', '/b/c/test.tar'), '/elsewhere');
    expect(there).toEqual(here);
    expect(JSON.stringify(here)).not.toContain('tar');
    expect(JSON.stringify(here.settings)).toContain('"run":"teacher-seed0"');
  });

  it('tells apart what is trained otherwise', () => {
    const config = { dataset: ['images', { root: 'x', limit: { train: 5, test: 7 } }] } as const;
    const same = (dataset: Spec): boolean =>
      sameSettings(settingsOf({ dataset: [...config.dataset] }), settingsOf({ dataset }));
    expect(same(['images', { limit: { test: 7, train: 5 }, root: 'y' }])).toBe(true);
    expect(same(['images', { root: 'x', limit: { train: 5, test: 8 } }])).toBe(false);
    expect(same(['cifar10', { root: 'x', limit: { train: 5, test: 7 } }])).toBe(false);
  });
});

describe('kept results', () => {
  const table = tableOf('distillation');
  const at = (key: string, seed: number, set: string[] = []): Wanted =>
    wantedOf(table, taskOf(table, key, seed), making(table, 'runs', set));

  it('come back with the same settings and with no others, their teacher’s included', async () => {
    const folder = temporary();
    const kept = resultOf(at('kd', 1), 0.6);
    await writeKept(folder, kept);
    expect(await readKept(folder, at('kd', 1))).toEqual(kept);
    expect(await readKept(folder, at('kd', 0))).toBeUndefined();
    expect(await readKept(folder, at('kd', 1, ['epochs=3']))).toBeUndefined();
    expect(await readKept(folder, { ...at('kd', 1), after: { epochs: 1 } })).toBeUndefined();
  });

  it('that do not count are told by name, with what departs', async () => {
    const folder = temporary();
    for (const wanted of [at('none', 0), at('none', 1, ['epochs=3']), at('kd', 1, ['epochs=3'])])
      await writeKept(folder, resultOf(wanted, 0.6));
    await writeKept(folder, resultOf({ ...at('kd', 0), after: { epochs: 1 } }, 0.6));
    const left = await leftOut(table, folder, making(table));
    expect([...left.keys()]).toEqual(['none-seed1', 'kd-seed0', 'kd-seed1']);
    expect(left.get('none-seed1')).toEqual(['epochs']);
    expect(left.get('kd-seed0')).toContain('epochs');
  });

  it('that were tested on other images than the first are told by name', async () => {
    const folder = temporary();
    const earlier = resultOf(at('kd', 1), 0.6); // says nothing of its images
    const all = [earlier, { ...earlier, seed: 0, tested: '8-a' }, { ...earlier, seed: 2, tested: '8-b' }];
    for (const one of all) await writeKept(folder, { ...one, ...at('kd', one.seed) });
    const kept = await keptOf(table, folder, making(table));
    expect(measuredOnOthers(table, kept)).toEqual(['kd-seed2']);
    const drawn = ['a', 'a', 'c'].map((validation, seed) => {
      const data = { train: '', validation: `4-${validation}`, test: '' };
      return { ...resultOf(at('kd', Math.floor(seed / 2)), 0.6), data };
    });
    const chosen = { ...table, told: 'validation' as const };
    expect(measuredOnOthers(chosen, new Map([['kd', drawn]]))).toEqual([]);
    const other = { ...drawn[0]!, data: { train: '', validation: '4-z', test: '' } };
    expect(measuredOnOthers(chosen, new Map([['kd', [...drawn, other]]]))).toEqual(['kd-seed0']);
    const apart = table.rows.map((row) => ({ ...row, apart: true as const }));
    expect(measuredOnOthers({ ...table, rows: apart }, kept)).toEqual([]);
  });

  it('that do not say what they were trained with do not count', async () => {
    const folder = temporary();
    const silent = { ...resultOf(at('none', 0), 0.6), settings: undefined };
    await writeKept(folder, silent as unknown as KeptResult);
    expect(await readKept(folder, at('none', 0))).toBeUndefined();
    expect((await leftOut(table, folder, making(table))).get('none-seed0')).toContain('dataset');
  });

  it('are found by row and seed, and not by the beginning of a name', async () => {
    const folder = temporary();
    for (const seed of [10, 2]) await writeKept(folder, resultOf(at('kd', seed), 0.6));
    writeFileSync(path.join(folder, 'kd-seed3.json.tmp'), '');
    expect(await keptSeeds(folder, 'kd')).toEqual([2, 10]);
    expect(await keptSeeds(folder, 'k')).toEqual([]);
    expect(await keptSeeds(path.join(folder, 'nowhere'), 'kd')).toEqual([]);
  });

  it('of a row that is of another table are looked for there, and not trained again', async () => {
    const folder = temporary();
    const [home, grid] = [tableOf('supervision-resnet18'), tableOf('cifar10')];
    await writeKept(
      path.join(folder, home.name),
      resultOf(wantedOf(home, taskOf(home, 'cds', 1), making(home)), 0.6),
    );
    const here = path.join(folder, grid.name);
    const kept = await keptOf(grid, here, making(grid));
    expect(kept.get('resnet18/cds')?.map(({ seed }) => seed)).toEqual([1]);
    const row = rowOf(grid, 'resnet18/cds');
    const setup = { table: grid, make: making(grid), results: here, runs: 'runs' };
    expect((await openTasks([row], 3, setup)).map(({ seed }) => seed)).toEqual([0, 2]);
  });

  it('of other settings make way for a new one, and are kept beside it', async () => {
    const folder = temporary();
    expect(await setAside(folder, at('kd', 1))).toBeUndefined();
    await writeKept(folder, resultOf(at('kd', 1, ['epochs=1']), 0.6));
    const aside = path.join(folder, 'kd-seed1.before.json');
    expect(await setAside(folder, at('kd', 1))).toBe(aside);
    expect(JSON.parse(readFileSync(aside, 'utf8'))).toMatchObject({ row: 'kd', settings: { epochs: 1 } });
    expect(await keptSeeds(folder, 'kd')).toEqual([]);
    await writeKept(folder, resultOf(at('kd', 1), 0.6));
    expect(await setAside(folder, at('kd', 1))).toBeUndefined();
  });

  it('come back with all that was recorded of their runs', async () => {
    const folder = temporary();
    const made = { commit: 'c', version: '1.0.0', processor: 'p', weights: 'w' };
    const data = { train: '4-a', validation: '2-b', test: '2-c' };
    const curve = { loss: [2, 1], metrics: { accuracy: [0.1, 0.5] } };
    const kept = { ...resultOf(at('kd', 1), 0.6), data, made, curve };
    await writeKept(folder, kept);
    expect(await readKept(folder, at('kd', 1))).toEqual(kept);
  });

  it('of a row that builds on one that builds on another are told apart by both', () => {
    const { after } = at('hsakd', 1, ['epochs=1']);
    expect(after).toMatchObject({ epochs: 1, after: { epochs: 1 } });
    expect(JSON.stringify(at('kd', 1).after)).not.toContain('"after"');
  });

  it('that cannot be read are named', async () => {
    const folder = temporary();
    writeFileSync(path.join(folder, 'kd-seed0.json'), '{}');
    await expect(readKept(folder, at('kd', 0))).rejects.toMatchObject({ code: 'bad-result' });
  });
});

describe('what is open of a table', () => {
  const table = tableOf('distillation');
  const setup = (results: string): TableSetup => ({ table, make: making(table), results, runs: 'runs' });
  const rowsOf = (...keys: string[]): Row[] => keys.map((key) => rowOf(table, key));

  it('is every row and seed without a result, seed by seed', async () => {
    const folder = temporary();
    await writeKept(folder, resultOf(wantedOf(table, taskOf(table, 'kd', 1), making(table)), 0.6));
    const open = await openTasks(rowsOf('none', 'kd'), 2, setup(folder));
    expect(open.map(taskName)).toEqual(['none-seed0', 'kd-seed0', 'none-seed1']);
  });

  it('has one teacher for all seeds', async () => {
    const open = await openTasks(rowsOf('teacher', 'kd'), 3, setup(temporary()));
    expect(open.map(taskName)).toEqual(['teacher-seed0', 'kd-seed0', 'kd-seed1', 'kd-seed2']);
  });

  it('begins at the first seed of the table', async () => {
    const trials = tableOf('emoji-weights');
    const own = { table: trials, make: making(trials), results: temporary(), runs: 'runs' };
    const open = await openTasks([rowOf(trials, 'cds-0.3')], 2, own);
    expect(open.map(taskName)).toEqual(['cds-0.3-seed100', 'cds-0.3-seed101']);
  });

  it('waits for the teacher, or for the first row that has to find it', async () => {
    const before = async (...keys: string[]): Promise<(string | undefined)[]> => {
      const all = await openTasks(rowsOf(...keys), 2, setup(temporary()));
      return all.map((task) => taskBefore(task, all, setup(''))).map((task) => task && taskName(task));
    };
    const none = undefined;
    expect(await before('teacher', 'none', 'kd')).toEqual([
      none,
      none,
      'teacher-seed0',
      none,
      'teacher-seed0',
    ]);
    expect(await before('kd', 'okd')).toEqual([none, none, 'kd-seed0', none]);
  });

  it('is trained behind all runs that it builds on, as far as they are not there', async () => {
    const behind = await withBases(taskOf(table, 'hsakd', 1), setup(temporary()));
    expect(behind.map(taskName)).toEqual(['teacher-seed0', 'teacher-branches-seed0', 'hsakd-seed1']);
  });

  it('waits for a run of its own seed, where each seed has one', async () => {
    const rows = table.rows.map(({ label, key, config, after }): Row => ({
      label,
      key,
      config,
      ...(after && { after }),
    }));
    const eachSeed = { ...setup(temporary()), table: { ...table, rows } };
    const chosen = rows.filter(({ key }) => ['teacher', 'kd'].includes(key));
    const all = await openTasks(chosen, 2, eachSeed);
    const before = all.map((task) => taskBefore(task, all, eachSeed)).map((task) => task && taskName(task));
    expect(before).toEqual([undefined, 'teacher-seed0', undefined, 'teacher-seed1']);
  });
});

describe('tableText', () => {
  const table = tableOf('supervision-resnet18');
  const make = making(table);
  const keep = async (folder: string, key: string, accuracies: readonly number[]): Promise<void> => {
    for (const [seed, accuracy] of accuracies.entries())
      await writeKept(folder, resultOf(wantedOf(table, taskOf(table, key, seed), make), accuracy));
  };

  it('has mean and deviation, the gap to the reference seed by seed, and the paper beside them', async () => {
    const folder = temporary();
    await keep(folder, 'baseline', [0.5, 0.54, 0.9]);
    await keep(folder, 'cds', [0.56, 0.58]);
    const lines = tableText(table, await keptOf(table, folder, make)).split('\n');
    const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
    expect(cells[2]!.slice(1, 4)).toEqual(['baseline', '64.67 ± 22.03', '–']);
    const gap = '5.00 (-7.71 to 17.71)'; // CDS's two seeds, both of which the baseline has
    expect(cells[3]!.slice(1, 4)).toEqual(['CDS', '57.00 ± 1.41', gap]);
    expect(cells[3]!.slice(4, 9)).toEqual(['4.00 ± 0.00', '57.00 ± 1.41', gap, '0, 1', '80.84']);
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it('marks what is beyond chance among all rows', async () => {
    const folder = temporary();
    await keep(folder, 'baseline', [0.5, 0.51, 0.52]);
    await keep(folder, 'dsn', [0.51, 0.5, 0.54]);
    await keep(folder, 'cds', [0.56, 0.571, 0.581]);
    const text = tableText(table, await keptOf(table, folder, make));
    expect(text).toMatch(/DSN .*\| 0\.67 \(-3\.13 to 4\.46\) +\|/);
    expect(text).toMatch(/CDS .*\| 6\.07 \(5\.92 to 6\.21\) \* \|/);
    expect(text).toMatch(
      /\n\n- CDS against DSN, top-1, last epoch: 5\.40 \(.*\) points over 3 seeds, [^\n]*$/,
    );
  });

  it('says of how many seeds a gap is, where a row has more', async () => {
    const folder = temporary();
    await keep(folder, 'baseline', [0.5, 0.54]);
    await keep(folder, 'cds', [0.56, 0.58, 0.9]);
    expect(tableText(table, await keptOf(table, folder, make))).toMatch(
      /CDS .*\| 5\.00 \(-7\.71 to 17\.71\), of 2 seeds +\|/,
    );
  });

  it('tells of validation images where a table is for choosing, of which test images are not kept', async () => {
    const trials = tableOf('emoji-weights');
    const folder = temporary();
    const kept = keepable(
      trials,
      resultOf(wantedOf(trials, taskOf(trials, 'dsn-1', 100), making(trials)), 0.6),
    );
    expect(JSON.stringify(kept)).not.toContain('0.6');
    await writeKept(folder, kept);
    expect(tableText(trials, await keptOf(trials, folder, making(trials)))).toMatch(
      /DSN, weight 1 +\| 50\.00/,
    );
  });

  it('gives one seed no deviation', async () => {
    const folder = temporary();
    await keep(folder, 'dsn', [0.5]);
    expect(tableText(table, await keptOf(table, folder, make))).toMatch(/\| DSN +\| 50\.00 +\| – /);
  });
});

describe('renewTable', () => {
  const page = 'before\n\n<!-- table a -->\n\nold\n\n<!-- end of table -->\n\nafter\n';

  it('exchanges what stands between the marks, as often as it is called', async () => {
    const file = path.join(temporary(), 'page.md');
    writeFileSync(file, page);
    for (const text of ['| once |', '| twice |']) await renewTable(file, 'a', text);
    expect(readFileSync(file, 'utf8')).toBe(page.replace('old', '| twice |'));
  });

  it('says which marks are missing', () => {
    expect(() => withTable(page, 'b', '')).toThrow('<!-- table b -->');
  });
});
