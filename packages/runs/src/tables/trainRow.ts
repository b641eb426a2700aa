import path from 'node:path';
import { applyOverride, parseConfig, type ExperimentInput } from '@understory/config';
import {
  UnderstoryError,
  type DoneEvent,
  type Registry,
  type Runner,
  type StartEvent,
} from '@understory/core';
import { rowOf, seedOfRow, type Row, type Table } from '@understory/recipes';
import { listRuns, readMetrics } from '@understory/tracking/node';
import type { Listeners } from '../listeners.ts';
import { openResume } from '../resume/openResume.ts';
import { runExperiment } from '../run/runExperiment.ts';
import { readRun } from '../run/runInfo.ts';
import type { KeptResult, Wanted } from './keptResults.ts';
import { sameSettings, settingsOf } from '../run/settings.ts';

export interface Work extends Listeners {
  readonly registry: Registry;
  /** Each run has a runner of its own, and gives its memory back. */
  readonly openRunner: () => Promise<Runner>;
  /** Where the table's runs are. */
  readonly runs: string;
  readonly signal: AbortSignal;
}

export const runName = (key: string, seed: number): string => `${key}-seed${seed}`;

/** How configs of a table's rows are made: where runs are, and changes to every config, `key=value`. */
export interface Making {
  readonly table: Table;
  readonly runs: string;
  readonly set: readonly string[];
}

/** A row's config with one seed. */
export const rowConfig = (row: Row, seed: number, { table, runs, set }: Making): ExperimentInput => {
  const runOf = (key: string): string => path.resolve(runs, runName(key, seedOfRow(rowOf(table, key), seed)));
  const own = typeof row.config === 'function' ? row.config(runOf) : row.config;
  const config: ExperimentInput = structuredClone({ ...own, name: runName(row.key, seed), seed });
  for (const override of set) applyOverride(config, override);
  return config;
};

/** What a run's events say at its end; undefined where it has not ended. */
const endOf = async (folder: string): Promise<Omit<KeptResult, keyof Wanted> | undefined> => {
  const { run, info } = await readRun(folder);
  const lines = await readMetrics(run.files.metrics);
  const test = info.dataset.fingerprint?.splits.test;
  const start = lines.find((l) => l.type === 'start') as StartEvent | undefined;
  const done = lines.findLast((l) => l.type === 'done') as DoneEvent | undefined;
  if (!start || !done?.result) return undefined;
  return {
    engine: start.engine,
    epochs: start.epochs,
    seconds: Math.round(done.seconds),
    result: done.result,
    ...(test && { tested: `${test.count}-${test.ordered}` }),
  };
};

/** The folder of the run of this config, if it was begun before. Throws where it was begun with other settings. */
const begunRun = async (runs: string, input: ExperimentInput): Promise<string | undefined> => {
  const found = (await listRuns(runs)).find((run) => run.name === input.name);
  if (!found) return undefined;
  const { config } = (await readRun(found.folder)).info;
  if (sameSettings(settingsOf(config), settingsOf(parseConfig(input)))) return found.folder;
  throw new UnderstoryError(
    'other-settings',
    `${found.folder} was trained with other settings than those asked for. Delete it, or give --runs another folder.`,
  );
};

/** Trains a row with one seed; a run that is there is read, or gone on with. Undefined where it was interrupted. */
export const trainRow = async (
  input: ExperimentInput,
  wanted: Wanted,
  work: Work,
): Promise<KeptResult | undefined> => {
  const begun = await begunRun(work.runs, input);
  const ended = begun && (await endOf(begun));
  if (ended) return { ...wanted, ...ended };
  const config = parseConfig(input);
  const runner = await work.openRunner();
  try {
    const { run, experiment, training } = await runExperiment({
      ...work,
      ...{ runner, config, folder: process.cwd() },
      ...(begun && { resume: await openResume(work.registry, { folder: begun, config }) }),
      reporters: work.reporters?.(config.name) ?? [],
    });
    training.dispose();
    await experiment.dataset.close?.();
    const end = await endOf(run.folder);
    return end && { ...wanted, ...end };
  } finally {
    runner.dispose();
  }
};
