import path from 'node:path';
import { applyOverride, parseConfig, type ExperimentInput } from '@understory/config';
import type { EpochEvent, Registry } from '@understory/core';
import { homeOf, rowOf, seedOfRow, type Row, type Table } from '@understory/recipes/experiments';
import type { Listeners } from '../listeners.ts';
import {
  begunRun,
  continueRun,
  endOf,
  splitId,
  type EndedRun,
  type OpenRunner,
} from '../run/continuedRun.ts';
import type { Curve, KeptResult, Wanted } from './keptResults.ts';
import { runName, runsOf } from './places.ts';

export interface Work extends Listeners {
  readonly registry: Registry;
  /** Each run has a runner of its own, and gives its memory back. */
  readonly openRunner: OpenRunner;
  /** Where the table's runs are. */
  readonly runs: string;
  /** Leaves the test images out: no number of theirs is ever seen. */
  readonly untested: boolean;
  readonly signal: AbortSignal;
}

/** How configs of a table's rows are made: where runs are, and changes to every config, `key=value`. */
export interface Making {
  readonly table: Table;
  readonly runs: string;
  readonly set: readonly string[];
}

/** A row's config with one seed. */
export const rowConfig = (row: Row, seed: number, { table, runs, set }: Making): ExperimentInput => {
  const nameOf = (one: Row): string => runName(homeOf(table, one).key, seedOfRow(one, seed));
  const runOf = (key: string): string => {
    const other = rowOf(table, key);
    return path.resolve(runsOf(table, runs, other), nameOf(other));
  };
  const own = typeof row.config === 'function' ? row.config(runOf) : row.config;
  const config: ExperimentInput = structuredClone({
    ...own,
    name: runName(homeOf(table, row).key, seed),
    seed,
  });
  for (const override of set) applyOverride(config, override);
  return config;
};

/** Numbers to five digits, which are plenty to draw. */
const rounded = (number: number): number => Number(number.toPrecision(5));

const curveOf = (epochs: readonly EpochEvent[]): Curve => {
  const names = Object.keys(epochs[0]?.metrics ?? {});
  const of = (name: string): number[] => epochs.map(({ metrics }) => rounded(metrics[name] ?? NaN));
  return {
    loss: epochs.map(({ loss }) => rounded(loss)),
    metrics: Object.fromEntries(names.map((name) => [name, of(name)])),
  };
};

/** What is kept of a run that has ended. */
const keptOf = (wanted: Wanted, { info, start, epochs, done }: EndedRun): KeptResult => {
  const { made, dataset } = info;
  const splits = dataset.fingerprint?.splits;
  return {
    ...wanted,
    engine: start.engine,
    epochs: start.epochs,
    seconds: Math.round(done.seconds),
    result: done.result,
    ...(splits && {
      data: {
        train: splitId(splits.train),
        validation: splitId(splits.validation),
        test: splitId(splits.test),
      },
    }),
    ...(made && { made }),
    curve: curveOf(epochs),
  };
};

/** Whether the run of a config is there and has ended. */
export const hasEnded = async (input: ExperimentInput, runs: string): Promise<boolean> => {
  const begun = await begunRun(runs, parseConfig(input));
  return begun !== undefined && (await endOf(begun)) !== undefined;
};

/** Trains a row with one seed; a run that is there is read, or gone on with. Undefined where it was interrupted. */
export const trainRow = async (
  input: ExperimentInput,
  wanted: Wanted,
  work: Work,
): Promise<KeptResult | undefined> => {
  const config = parseConfig(input);
  const begun = await begunRun(work.runs, config);
  const ended = begun && (await endOf(begun));
  if (ended) return keptOf(wanted, ended);
  const reporters = work.reporters?.(config.name) ?? [];
  const folder = await continueRun({ ...work, config, folder: process.cwd(), reporters }, begun);
  const end = await endOf(folder);
  return end && keptOf(wanted, end);
};
