import path from 'node:path';
import {
  applyOverride,
  checkConfig,
  parseConfig,
  locateWith,
  type ExperimentConfig,
} from '@understory/config';
import { unknownName } from '@understory/core';
import { rowOf, tables, type Row, type Scale, type Table } from '@understory/recipes/experiments';
import { once, type Listeners } from '../listeners.ts';
import { openRegistry, openRunner } from '../session.ts';
import type { MakeConfig } from './plan.ts';
import { rowConfig, type Work } from './trainRow.ts';

/** Of which data a table is made, and where its runs and results are. */
export interface TableOptions {
  readonly scale: Scale;
  /** Where `understory data get` puts it by default. */
  readonly data?: string;
  readonly test?: string;
  /** What backbones of detectors are trained on first. */
  readonly pretrain?: string;
  readonly pretrainTest?: string;
  readonly runs: string;
  /** Where results are kept; a trial's (`set`) are kept beside its runs where nothing is said. */
  readonly results?: string;
  /** Changes to every row's config, `key=value`: for a trial. */
  readonly set?: readonly string[];
}

/** A table of the paper, how its configs are made, and its folders. */
export interface TableSetup {
  readonly table: Table;
  readonly make: MakeConfig;
  /** Where this table's results are kept. */
  readonly results: string;
  readonly runs: string;
}

/** Errors: `unknown-name` where there is no such table. */
export const tableSetup = (name: string, options: TableOptions): TableSetup => {
  const tableOf = Object.hasOwn(tables, name) ? tables[name] : undefined;
  if (!tableOf) throw unknownName('table', name, Object.keys(tables));
  const { scale, data, test, pretrain, pretrainTest, runs: root, set = [] } = options;
  const table = tableOf({
    scale,
    ...(data !== undefined && { data }),
    ...(test !== undefined && { test }),
    ...(pretrain !== undefined && { pretrain }),
    ...(pretrainTest !== undefined && { pretrainTest }),
  });
  const runs = path.join(root, `${table.name}-${scale}`);
  const kept = options.results ?? (set.length > 0 ? path.join(root, 'results') : 'results');
  const make: MakeConfig = (row, seed) => rowConfig(row, seed, { table, runs, set });
  return { table, make, results: path.join(kept, scale, table.name), runs };
};

/** The engine of a table's runs, which all rows share. */
export const engineOf = ({ table, make }: TableSetup): ExperimentConfig['engine'] =>
  parseConfig(make(table.rows[0]!, 0)).engine;

/** The split on which a table's rows choose their best epoch. */
export const selectionOf = ({ table, make }: TableSetup): ExperimentConfig['selectOn'] =>
  parseConfig(make(rowOf(table, table.reference), 0)).selectOn;

/** What training a table's rows in this process takes. */
export const openWork = async (
  setup: TableSetup,
  signal: AbortSignal,
  listeners: Listeners,
): Promise<Work> => {
  const registry = await openRegistry([], process.cwd());
  const sayOnce = once(listeners.say);
  return {
    registry,
    openRunner: (engine) => openRunner(engine, sayOnce),
    runs: setup.runs,
    untested: setup.table.told === 'validation',
    signal,
    ...listeners,
  };
};

/** Checks the configs of rows with the changes that were asked for, before the engine loads. */
export const checkRows = async (
  rows: readonly Row[],
  { table, runs }: TableSetup,
  set: readonly string[] = [],
): Promise<void> => {
  const registry = await openRegistry([], process.cwd());
  for (const row of rows) {
    const config = rowConfig(row, 0, { table, runs, set: [] });
    const made = set.map((override) => applyOverride(config, override));
    const name = `row "${row.key}"`;
    checkConfig(
      config,
      registry,
      locateWith(name, () => name, made),
    );
  }
};
