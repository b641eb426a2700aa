import type { ExperimentInput } from '@understory/config';
import { unknownName } from '@understory/core';
import type { Row, Table } from '@understory/recipes';
import { keptSeeds, readKept, type KeptResult, type Wanted } from './keptResults.ts';
import { settingsOf } from './settings.ts';
import type { Results } from './rowFigures.ts';

export type MakeConfig = (row: Row, seed: number) => ExperimentInput;

/** What a kept result of a row with a seed must have been trained with. */
export const wantedOf = ({ rows }: Table, row: Row, seed: number, make: MakeConfig): Wanted => {
  const before = rows.find(({ key }) => key === row.after);
  return {
    row: row.key,
    seed,
    settings: settingsOf(make(row, seed)),
    ...(before && { after: settingsOf(make(before, seed)) }),
  };
};

/** The rows that are wanted, and those that they build on. */
export const chosenRows = ({ rows }: Table, only: string | undefined): readonly Row[] => {
  if (only === undefined) return rows;
  const keys = only.split(',');
  const known = rows.map((row) => row.key);
  const strange = keys.find((key) => !known.includes(key));
  if (strange !== undefined) throw unknownName('row', strange, known);
  const wanted = new Set(rows.filter((row) => keys.includes(row.key)).flatMap((row) => [row.key, row.after]));
  return rows.filter((row) => wanted.has(row.key));
};

/** All results of a table that are kept in a folder with the settings that the table has now. */
export const keptOf = async (table: Table, folder: string, make: MakeConfig): Promise<Results> => {
  const entries = table.rows.map(async (row) => {
    const seeds = await keptSeeds(folder, row.key);
    const kept = await Promise.all(seeds.map((s) => readKept(folder, wantedOf(table, row, s, make))));
    return [row.key, kept.filter((k): k is KeptResult => k !== undefined)] as const;
  });
  return new Map(await Promise.all(entries));
};
