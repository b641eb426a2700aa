import path from 'node:path';
import { buildExperiment, openDataset, type ExperimentConfig } from '@understory/config';
import {
  networkVariables,
  prepareTraining,
  restore,
  UnderstoryError,
  type Dataset,
  type DoneEvent,
  type Registry,
  type Runner,
  type StartEvent,
} from '@understory/core';
import { defaultViews } from '@understory/recipes/experiments';
import { readMetrics, type MetricsLine } from '@understory/tracking/node';
import { once, type Listeners } from '../listeners.ts';
import { readTrained, type Trained } from '../load/loadNetwork.ts';
import { teacherLoader } from '../load/loadTeacher.ts';
import { engineOfRun } from '../precision/settled.ts';
import { openRegistry, openRunner } from '../session.ts';
import { evaluatedData } from '../use/evaluate/evaluatedData.ts';
import { collectGallery, collectMethod, type Collected } from './collect.ts';
import { writeReport, type Compared } from './compareRuns.ts';
import type { ReportRequest } from './reportInput.ts';
import { reportSections } from './sections.ts';

export interface ReportRunsRequest extends Pick<Listeners, 'say' | 'onProgress'> {
  /** Folders of runs on one dataset; the page is written into the last one's. */
  readonly runs: readonly [string, ...string[]];
  readonly title?: string | undefined;
  /** The command that makes it again. */
  readonly command: string;
  readonly kept?: ReportRequest['kept'];
}

/** A run that was trained, with what it told. */
interface Told {
  readonly trained: Trained;
  readonly start: StartEvent;
  readonly done: DoneEvent;
}

const noStart = (folder: string): UnderstoryError =>
  new UnderstoryError(
    'no-run',
    `${folder} tells of no training: its metrics.jsonl has no start. Train it first.`,
  );

/** What ended a run, or how far one came that is not at its end. */
const endOf = (lines: readonly MetricsLine[]): DoneEvent => {
  const done = lines.findLast((line) => line.type === 'done');
  if (done) return done;
  const epochs = lines.filter((line) => line.type === 'epoch');
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  return { type: 'done', aborted: true, step: epochs.at(-1)?.step ?? 0, seconds };
};

const read = async (folder: string): Promise<Told> => {
  const trained = await readTrained(folder, 'best');
  const lines = await readMetrics(trained.run.files.metrics);
  const start = lines.findLast((line) => line.type === 'start');
  if (!start) throw noStart(folder);
  return { trained, start, done: endOf(lines) };
};

const sameDataset = (all: readonly Told[]): void => {
  const [first, ...others] = all.map(({ trained }) => trained.info.dataset.name);
  const odd = others.find((name) => name !== first);
  if (odd === undefined) return;
  throw new UnderstoryError(
    'report',
    `Runs of a report are of one dataset; these are of "${first ?? ''}" and "${odd}". Make a report of each.`,
  );
};

interface Under {
  readonly registry: Registry;
  readonly runner: Runner;
  readonly dataset: Dataset;
}

/** What a run shows of itself, its network built again with its best weights. */
const collect = async (
  { trained, start, done }: Told,
  { registry, runner, dataset: opened }: Under,
  { say }: ReportRunsRequest,
): Promise<{ readonly collected: Collected; readonly views: Compared['views'] }> => {
  const { info, run, weights } = trained;
  const split = opened.test.length > 0 ? 'test' : 'validation';
  const { dataset, notes } = await evaluatedData(trained, opened, split);
  notes.forEach((note) => say(note));
  const teacher = teacherLoader(registry, runner, { folder: info.folder, say });
  const options = { defaultViews: defaultViews(), dataset, say, teacher };
  const experiment = await buildExperiment(registry, info.config, options);
  const training = await prepareTraining(experiment, { runner });
  try {
    await restore(runner, networkVariables(training.network), weights);
    const finished = { run, experiment, training, start, done };
    return {
      collected: await collectMethod(path.basename(path.resolve(run.folder)), finished),
      views: await collectGallery(experiment),
    };
  } finally {
    training.dispose();
  }
};

/** Plugins of all runs, by paths that do not depend on their folders. */
const pluginsOf = (all: readonly Told[]): string[] => [
  ...new Set(
    all.flatMap(({ trained: { info } }) =>
      info.config.plugins.map((name) => (name.startsWith('.') ? path.resolve(info.folder, name) : name)),
    ),
  ),
];

/**
 * Makes the page of runs that were trained already: their weights are loaded again, and look at the test images. Gives its path.
 * Errors: those of `readTrained`, `report` where the runs are of several datasets.
 */
export const reportRuns = async (request: ReportRunsRequest): Promise<string> => {
  const { runs, title, command, kept, onProgress } = request;
  const say = once(request.say);
  const all: Told[] = [];
  for (const folder of runs) all.push(await read(folder));
  sameDataset(all);
  const [first, ...others] = all.map(({ trained }): ExperimentConfig => trained.info.config);
  if (!first) throw noStart(runs[0]);
  const registry = await openRegistry(pluginsOf(all), all[0]?.trained.info.folder ?? '.');
  const sections = reportSections(registry, [first, ...others], say);
  const runner = await openRunner(engineOfRun(first), say);
  const dataset = await openDataset(registry, first, { say, ...(onProgress && { progress: onProgress }) });
  const collected: Collected[] = [];
  let views: Compared['views'];
  for (const [i, told] of all.entries()) {
    onProgress?.(i, all.length, 'runs looked at');
    const one = await collect(told, { registry, runner, dataset }, { ...request, say });
    collected.push(one.collected);
    views = one.views;
  }
  onProgress?.(all.length, all.length, 'runs looked at');
  const heading = title ?? collected.map(({ label }) => label).join(', ');
  const page = await writeReport(
    { title: heading, command, seed: first.seed, ...(kept && { kept }) },
    { dataset, collected, views, sections },
  );
  runner.dispose();
  return page;
};
