import type { ExperimentInput } from '@understory/config';
import { unknownName } from '@understory/core';
import { homeOf, rowOf, seedOfRow, type Row, type Table } from '@understory/recipes/experiments';
import { departures, imagesOf, keptSeeds, readAny, type KeptResult, type Wanted } from './keptResults.ts';
import { settingsOf, type Settings } from '../run/settings.ts';
import type { Results } from './rowFigures.ts';
import { resultsOf, runName } from './places.ts';

export type MakeConfig = (row: Row, seed: number) => ExperimentInput;

/** A row to train with a seed. */
export interface Task {
  readonly row: Row;
  readonly seed: number;
}

export const taskName = ({ row, seed }: Task): string => runName(row.key, seed);

/** The task on whose run one builds, if it builds on any. */
export const baseOf = (table: Table, { row, seed }: Task): Task | undefined => {
  if (row.after === undefined) return undefined;
  const base = rowOf(table, row.after);
  return { row: base, seed: seedOfRow(base, seed) };
};

/** Settings of the run that a task builds on, with those of the run that this one builds on; nothing where it builds on none. */
const afterOf = (table: Table, task: Task, make: MakeConfig): { readonly after?: Settings } => {
  const base = baseOf(table, task);
  return base ? { after: { ...settingsOf(make(base.row, base.seed)), ...afterOf(table, base, make) } } : {};
};

/** What a kept result of a task must have been trained with. */
export const wantedOf = (table: Table, task: Task, make: MakeConfig): Wanted => ({
  row: homeOf(table, task.row).key,
  seed: task.seed,
  settings: settingsOf(make(task.row, task.seed)),
  ...afterOf(table, task, make),
});

/** What a row can be asked for by: its key, or a part of one that names network and method. */
const wordsOf = ({ key }: Row): readonly string[] => [...new Set([key, ...key.split('/')])];

/** The rows that are wanted, by key or by network or method alone, and those that they build on. */
export const chosenRows = ({ rows }: Table, only: readonly string[] | undefined): readonly Row[] => {
  if (only === undefined) return rows;
  const known = [...new Set([...rows.flatMap(({ key }) => key.split('/')), ...rows.map(({ key }) => key)])];
  const strange = only.find((word) => !known.includes(word));
  if (strange !== undefined) throw unknownName('row', strange, known);
  const chosen = rows.filter((row) => wordsOf(row).some((word) => only.includes(word)));
  const wanted = new Set(chosen.map(({ key }) => key));
  // What a row builds on stands before it, and may build on another one.
  for (const { key, after } of rows.toReversed())
    if (wanted.has(key) && after !== undefined) wanted.add(after);
  return rows.filter((row) => wanted.has(row.key));
};

/** A result that is kept, and the keys in which its settings depart from those that the table has now. */
interface Found {
  readonly task: Task;
  readonly kept: KeptResult;
  readonly differing: readonly string[];
}

const found = async (table: Table, folder: string, make: MakeConfig): Promise<readonly Found[]> => {
  const folderOf = (row: Row): string => resultsOf(folder, row);
  const keyOf = (row: Row): string => homeOf(table, row).key;
  const seeds = await Promise.all(table.rows.map((row) => keptSeeds(folderOf(row), keyOf(row))));
  const tasks = table.rows.flatMap((row, i) => seeds[i]!.map((seed): Task => ({ row, seed })));
  const read = tasks.map(async (task): Promise<Found[]> => {
    const kept = await readAny(folderOf(task.row), { row: keyOf(task.row), seed: task.seed });
    return kept ? [{ task, kept, differing: departures(kept, wantedOf(table, task, make)) }] : [];
  });
  return (await Promise.all(read)).flat();
};

/** All results of a table that are kept in a folder with the settings that the table has now. */
export const keptOf = async (table: Table, folder: string, make: MakeConfig): Promise<Results> => {
  const counting = (await found(table, folder, make)).filter(({ differing }) => differing.length === 0);
  const of = (row: Row): KeptResult[] =>
    counting.filter(({ task }) => task.row === row).map(({ kept }) => kept);
  return new Map(table.rows.map((row) => [row.key, of(row)]));
};

/**
 * Names of the results of a table that were not measured on the images that the first was, where that is known: of validation images, the
 * first of the same seed, which draws them. Rows apart are of other ones.
 */
export const measuredOnOthers = ({ rows, told = 'test' }: Table, results: Results): string[] => {
  const first = new Map<number, string>();
  return rows
    .flatMap((row) => (row.apart ? [] : (results.get(row.key) ?? [])))
    .filter((kept) => {
      const images = imagesOf(kept, told);
      if (images === undefined) return false;
      const draw = told === 'test' ? 0 : kept.seed;
      const known = first.get(draw) ?? images;
      first.set(draw, known);
      return images !== known;
    })
    .map(({ row, seed }) => runName(row, seed));
};

/** Names of the results that are kept but do not count, each with the keys in which its settings depart from the table's. */
export const leftOut = async (
  table: Table,
  folder: string,
  make: MakeConfig,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const left = (await found(table, folder, make)).filter(({ differing }) => differing.length > 0);
  return new Map(left.map(({ task, differing }) => [taskName(task), differing]));
};
