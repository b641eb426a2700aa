import path from 'node:path';
import { parseConfig, type ExperimentConfig } from '@understory/config';
import { unknownName } from '@understory/core';
import { tables, type Scale, type Table } from '@understory/recipes';
import { openRegistry, openRunner } from '../session.ts';
import type { MakeConfig } from './plan.ts';
import { rowConfig, type Shown, type Work } from './trainRow.ts';

/** Which table, of which data, and where its runs and results are. */
export interface PlaceOptions {
  readonly scale: Scale;
  readonly data: string;
  readonly test?: string;
  readonly runs: string;
  /** Where results are kept; a trial's (`set`) are kept beside its runs where nothing is said. */
  readonly results?: string;
  /** Changes to every row's config, `key=value`: for a trial. */
  readonly set?: readonly string[];
}

export interface Place {
  readonly table: Table;
  readonly make: MakeConfig;
  /** Where this table's results are kept. */
  readonly results: string;
  readonly runs: string;
}

/** Throws `unknown-name` where there is no such table. */
export const placeOf = (name: string, options: PlaceOptions): Place => {
  const tableOf = Object.hasOwn(tables, name) ? tables[name] : undefined;
  if (!tableOf) throw unknownName('table', name, Object.keys(tables));
  const { scale, data, test, runs: root, set = [] } = options;
  const table = tableOf({ scale, data, ...(test !== undefined && { test }) });
  const runs = path.join(root, `${table.name}-${scale}`);
  const kept = options.results ?? (set.length > 0 ? path.join(root, 'results') : 'results');
  const make: MakeConfig = (row, seed) => rowConfig(row, seed, { table, runs, set });
  return { table, make, results: path.join(kept, scale, table.name), runs };
};

/** The engine of a table's runs, which all rows share. */
export const engineOf = ({ table, make }: Place): ExperimentConfig['engine'] =>
  parseConfig(make(table.rows[0]!, 0)).engine;

/** What training a table's rows in this process takes. The caller disposes of the runner. */
export const openWork = async (place: Place, signal: AbortSignal, shown: Shown): Promise<Work> => {
  const registry = await openRegistry([], process.cwd());
  const runner = await openRunner(engineOf(place));
  return { registry, runner, runs: place.runs, signal, ...shown };
};
