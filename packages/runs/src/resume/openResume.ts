import { stat } from 'node:fs/promises';
import type { ExperimentConfig, OpenKey } from '@understory/config';
import { findCheckpoint, UnderstoryError, type Registry, type Resumable } from '@understory/core';
import { claimRun, listRuns, readMetricsFile, type MetricsFile, type Run } from '@understory/tracking/node';
import { readRun, type RunInfo } from '../run/runInfo.ts';
import { asBegun } from '../suit/asBegun.ts';
import { checkAllow, checkAsked, possibleChanges } from './checkChanges.ts';
import type { Change } from './rules.ts';

export interface ResumeRequest {
  readonly folder: string;
  readonly config: ExperimentConfig;
  /** What it leaves to its data: the run has settled that. */
  readonly open?: readonly OpenKey[];
  /** Which checkpoint to go on from. */
  readonly from?: Resumable;
  /** Keys that may change, of those that may when they are named. */
  readonly allow?: readonly string[];
  /** Of workers after the first: another process writes to the run. */
  readonly watched?: boolean;
}

/** The folder of the newest run of a name: `cds`, `cds-2`, … Errors: `no-run`. */
export const newestRun = async (runs: string, name: string): Promise<string> => {
  const all = await listRuns(runs);
  const own = all.find(
    (r) => r.name === name || (r.name.startsWith(`${name}-`) && /^\d+$/.test(r.name.slice(name.length + 1))),
  );
  if (own) return own.folder;
  throw new UnderstoryError(
    'no-run',
    `There is no run named "${name}" in ${runs} to go on with. Leave out --resume to start one.`,
  );
};

/** A run that can go on: its files are there and whole, and its config changes nothing that it must not. */
export interface Resumption {
  readonly run: Run;
  readonly info: RunInfo;
  /** What it goes on with: nothing of it is left open. */
  readonly config: ExperimentConfig;
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

/** Errors: `resume` where more was done than is asked for. */
const checkEpochs = ({ epochs }: ExperimentConfig, { lines }: MetricsFile, step: number): void => {
  const start = lines.findLast((line) => line.type === 'start');
  const perEpoch = start?.stepsPerEpoch ?? 0;
  if (!(perEpoch > 0) || step <= epochs * perEpoch) return;
  const done = Number((step / perEpoch).toFixed(2));
  throw new UnderstoryError(
    'resume',
    `"epochs" is ${epochs}, and the run has done ${done}. Give at least as many as were done.`,
  );
};

/** The step to go on at, and what is lost of the run's history. Errors: `checkpoint` where none is left. */
const startOf = async (
  { checkpoints, files, folder }: Run,
  history: MetricsFile,
  from: Resumable,
): Promise<{ readonly step: number; readonly notes: readonly string[] }> => {
  const found = await findCheckpoint(checkpoints, from);
  if (found) {
    const { step } = found.progress;
    return { step, notes: checkHistory(files.metrics, history, step) };
  }
  if (history.lines.some(({ type }) => type === 'checkpoint'))
    throw new UnderstoryError('checkpoint', `${files.checkpoints} holds no checkpoint any more. ${cure}`);
  const note = `The run in ${folder} was stopped before its first checkpoint, so it begins at step 0.`;
  return { step: 0, notes: [note] };
};

/**
 * Opens a run to go on with it, before anything costly is loaded. Errors: `run-busy`, `no-run`, `bad-config`, `metrics`,
 * `checkpoint`, `damaged` for its files; `resume` for its config.
 */
export const openResume = async (
  registry: Registry,
  { folder, from = 'last', allow = [], watched = false, ...given }: ResumeRequest,
): Promise<Resumption> => {
  checkAllow(allow);
  if (!watched) await (await claimRun(folder))(); // says who writes to it, before its files are judged
  const { run, info } = await readRun(folder);
  const config = asBegun(given.config, given.open ?? [], info.config);
  const changes = possibleChanges(registry, { before: info.config, after: config, folder });
  const history = await readHistory(run.files.metrics);
  const { step, notes } = await startOf(run, history, from);
  checkEpochs(config, history, step);
  checkAsked(changes, allow);
  return { run, info, config, from, changes, notes };
};
