import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import {
  toldSplit,
  UnderstoryError,
  type DoneEvent,
  type EpochEvent,
  type StartEvent,
} from '@understory/core';
import { readCrash } from './crash.ts';
import { isRunning } from './lock.ts';
import { readEdges, type MetricsLine } from './metricsFile.ts';
import { isRun, readConfig } from './runFolder.ts';
import { runFiles } from './runFiles.ts';

/** `crashed`: an error ended it. `damaged`: its config or metrics cannot be read, or hold what no run writes. */
export type RunState = 'done' | 'interrupted' | 'running' | 'crashed' | 'damaged';

/** A run in one line of a list. */
export interface RunSummary {
  /** Path below the root, with `/`. */
  readonly name: string;
  readonly folder: string;
  readonly state: RunState;
  /** When it first started. */
  readonly date: Date;
  /** Epochs that ended, and all there are to be. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of a done run: the best weights on test, or on validation where there are no test images. Else of the last epoch, on the split that chooses the best. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Those of its numbers that have no place in a line: see core's `Metric.details`. */
  readonly details: readonly string[];
  readonly engine: string;
  /** Of a damaged run: why it is one; of a crashed one: the error. */
  readonly problem?: string;
}

type Of<T> = T & { readonly time: string };
const isOf =
  <T>(type: string) =>
  (line: MetricsLine): line is MetricsLine & Of<T> =>
    line.type === type;

/** Groups of runs (`<root>/<group>/<run>`) are looked into so deep. */
const DEPTH = 2;

/** Folders of runs, and of groups of runs, so many levels below a folder. */
export const findRuns = async (folder: string, depth = DEPTH): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // A name that begins with a dot is a run in the making.
  const named = entries.filter((e) => e.isDirectory() && !e.name.startsWith('.'));
  const folders = named.map((e) => join(folder, e.name));
  const found = await Promise.all(
    folders.map(async (f) => ((await isRun(f)) ? [f] : depth > 1 ? findRuns(f, depth - 1) : [])),
  );
  return found.flat();
};

const nameBelow = (root: string, folder: string): string => relative(root, folder).split(sep).join('/');

const summarize = async (root: string, folder: string): Promise<RunSummary> => {
  await readConfig(runFiles(folder).config); // of which nothing is told, but without it nothing can be done with the run
  const lines = await readEdges(runFiles(folder).metrics);
  const start = lines.find(isOf<StartEvent>('start'));
  const epoch = lines.findLast(isOf<EpochEvent>('epoch'));
  const done = lines.findLast(isOf<DoneEvent>('done'));
  const finished = done !== undefined && !done.aborted;
  const running = !finished && (await isRunning(folder));
  const crash = finished || running ? undefined : await readCrash(folder);
  return {
    name: nameBelow(root, folder),
    folder,
    state: finished ? 'done' : running ? 'running' : crash ? 'crashed' : 'interrupted',
    date: start && 'time' in start ? new Date(start.time) : (await stat(folder)).mtime,
    epoch: epoch ? epoch.epoch + 1 : 0,
    epochs: start?.epochs ?? 0,
    metrics: (done?.result && done.result.best[toldSplit(done.result)]) ?? epoch?.metrics ?? {},
    details: start?.details ?? [],
    engine: start?.engine ?? '',
    ...(crash && { problem: crash.reason }),
  };
};

/** A run that cannot be read stands in the list all the same, and leaves the others readable. */
const damaged = async (root: string, folder: string, error: unknown): Promise<RunSummary> => ({
  name: nameBelow(root, folder),
  folder,
  state: 'damaged',
  date: await stat(folder).then(
    ({ mtime }) => mtime,
    () => new Date(0),
  ),
  ...{ epoch: 0, epochs: 0, metrics: {}, details: [], engine: '' },
  problem:
    error instanceof UnderstoryError
      ? error.message
      : `${runFiles(folder).metrics} holds what no run writes: ${(error as Error).message}.`,
});

/** All runs below a folder, newest first; none where the folder is not there. */
export const listRuns = async (root: string): Promise<RunSummary[]> => {
  const runs = await Promise.all(
    (await findRuns(root)).map((folder) =>
      summarize(root, folder).catch((error: unknown) => damaged(root, folder, error)),
    ),
  );
  return runs.sort((a, b) => b.date.getTime() - a.date.getTime() || (a.name < b.name ? -1 : 1));
};
