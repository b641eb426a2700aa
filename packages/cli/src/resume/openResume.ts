import { stat } from 'node:fs/promises';
import type { ExperimentConfig } from '@understory/config';
import { findCheckpoint, UnderstoryError, type Registry, type Resumable } from '@understory/core';
import { claimRun, readMetricsFile, type MetricsFile, type Run } from '@understory/tracking';
import { readRun, type RunInfo } from '../runInfo.ts';
import { checkChanges } from './checkChanges.ts';
import type { Change } from './rules.ts';

export interface ResumeRequest {
  readonly folder: string;
  readonly config: ExperimentConfig;
  /** Which checkpoint to go on from. */
  readonly from?: Resumable;
  /** Keys that may change, of those that may when they are named. */
  readonly allow?: readonly string[];
}

/** A run that can go on: its files are there and whole, and its config changes nothing that it must not. */
export interface Resumption {
  readonly run: Run;
  readonly info: RunInfo;
  readonly from: Resumable;
  readonly changes: readonly Change[];
  /** Lines that a user should read. */
  readonly notes: readonly string[];
}

const cure = 'Put it back, or start a new run without --resume.';

const readHistory = async (file: string): Promise<MetricsFile> => {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile()) return readMetricsFile(file);
  const what = found ? 'is no file' : 'is missing';
  throw new UnderstoryError(
    'metrics',
    `${file} ${what}: what the run has told until now would be lost. ${cure}`,
  );
};

/** What is missing of a run's history before a step, in words. Errors: `metrics` where nothing is left of it. */
const checkHistory = (file: string, { lines, unreadable }: MetricsFile, step: number): string[] => {
  const started = lines.some(({ type }) => type === 'start');
  if (!started && step > 0)
    throw new UnderstoryError(
      'metrics',
      `${file} tells of no start, and the run goes on at step ${step}. ${cure}`,
    );
  const told = new Set(
    lines.flatMap((line) => (line.type === 'step' && line.step < step ? [line.step] : [])),
  );
  const gaps = step - told.size;
  return [
    ...(unreadable > 0 ? [`${unreadable} damaged lines of ${file} are left out.`] : []),
    ...(gaps > 0
      ? [`${file} lacks ${gaps} of the ${step} steps before this one: they are lost to its curves.`]
      : []),
  ];
};

/**
 * Opens a run to go on with it, before anything costly is loaded. Errors: `run-busy`, `no-run`, `bad-config`, `metrics`,
 * `checkpoint`, `damaged` for its files; `resume` for its config.
 */
export const openResume = async (
  registry: Registry,
  { folder, config, from = 'last', allow = [] }: ResumeRequest,
): Promise<Resumption> => {
  const release = await claimRun(folder); // says who writes to it, before its files are judged
  await release();
  const { run, info } = await readRun(folder);
  const changes = checkChanges(registry, { before: info.config, after: config, folder }, allow);
  const history = await readHistory(run.files.metrics);
  const found = await findCheckpoint(run.checkpoints, from);
  const saved = history.lines.some(({ type }) => type === 'checkpoint');
  if (!found && saved)
    throw new UnderstoryError('checkpoint', `${run.files.checkpoints} holds no checkpoint any more. ${cure}`);
  const notes = found
    ? checkHistory(run.files.metrics, history, found.progress.step)
    : [`The run in ${folder} was stopped before its first checkpoint, so it begins at step 0.`];
  return { run, info, from, changes, notes };
};
