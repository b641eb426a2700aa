import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rowOf, tables } from '@understory/recipes/experiments';
import { expect, it } from 'vitest';
import { writeKept } from './keptResults.ts';
import { listTables, type TableState } from './listTables.ts';
import { wantedOf } from './plan.ts';
import { tableSetup } from './tableSetup.ts';

const results = mkdtempSync(path.join(tmpdir(), 'understory-list-'));
const options = { scale: 'pocket', runs: 'runs', results } as const;
const metrics = { validation: { accuracy: 0.5 }, test: { accuracy: 0.5 } };

/** Keeps a row of a table with a seed, as if it had taken so many seconds. */
const keep = async (name: string, key: string, seed: number, more: object = {}): Promise<void> => {
  const { table, make, results: folder } = tableSetup(name, { ...options, ...more });
  const wanted = wantedOf(table, { row: rowOf(table, key), seed }, make);
  const result = { selectOn: 'validation', bestEpoch: 1, best: metrics, last: metrics } as const;
  await writeKept(folder, { ...wanted, engine: 'a test', epochs: 2, seconds: 100, result });
};

it('lists every table with what is kept, also of image folders, and what the rest would take', async () => {
  await keep('supervision-resnet18', 'baseline', 0);
  const vgg = 'supervision-vgg11-bn';
  for (const { key } of tableSetup(vgg, options).table.rows)
    for (const seed of [0, 1, 2]) await keep(vgg, key, seed, { data: 'train.tar', test: 'test.tar' });
  const states = await listTables(options);
  const of = (name: string): TableState => states.find((state) => state.name === name)!;
  expect(states.map(({ name }) => name)).toEqual(Object.keys(tables));
  expect(of('supervision-resnet18')).toMatchObject({ kept: 1, wanted: 15, spent: 100, estimated: true });
  // The same run counts in the table of ten networks.
  expect(of('cifar10')).toMatchObject({ kept: 1, wanted: 150, rows: 50, fromFolders: false });
  expect(of(vgg)).toMatchObject({ kept: 15, wanted: 15, missing: 0, estimated: false, fromFolders: true });
  for (const { name, missing, kept, wanted } of states)
    if (!name.startsWith('detection') && kept < wanted) expect(missing, name).toBeGreaterThan(0);
  expect(of('cifar100').sources[0]?.get).toBe('understory data get cifar100');
});
