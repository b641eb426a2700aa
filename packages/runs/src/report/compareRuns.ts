import { writeFile } from 'node:fs/promises';
import type { ExperimentConfig } from '@understory/config';
import { DATASET, seedOf, type Dataset, type Registry, type Runner } from '@understory/core';
import type { ReportInput } from '@understory/report';
import { buildReport } from '@understory/report/node';
import type { Run } from '@understory/tracking/node';
import type { Listeners } from '../listeners.ts';
import { runExperiment } from '../run/runExperiment.ts';
import { collectGallery, collectMethod, type Collected } from './collect.ts';
import { reportInput, type ReportRequest } from './reportInput.ts';

/** A config, and what tables and the report call it. */
export interface Contender {
  readonly label: string;
  readonly config: ExperimentConfig;
}

export interface Comparison extends Listeners {
  /** One at least; the first one's dataset and seed are those of the comparison. */
  readonly contenders: readonly [Contender, ...Contender[]];
  readonly registry: Registry;
  readonly runner: Runner;
  /** Where the configs' relative paths count from. */
  readonly folder: string;
  /** Where run folders are made. */
  readonly runs: string;
  readonly signal?: AbortSignal;
}

/** Contenders that were trained. */
export interface Compared {
  readonly dataset: Dataset;
  readonly collected: readonly Collected[];
  readonly views: ReportInput['views'];
}

/** Trains contenders one after the other on one opened dataset; where one was interrupted, its run is given instead. */
export const trainContenders = async ({
  contenders,
  ...shared
}: Comparison): Promise<Compared | { readonly stopped: Run }> => {
  const { registry, onProgress, reporters } = shared;
  const { dataset: spec, seed } = contenders[0].config;
  const open = registry.make(DATASET, spec);
  const dataset = await open({
    seed: seedOf(seed).at('dataset'),
    ...(onProgress && { progress: onProgress }),
  });
  const collected: Collected[] = [];
  let views: ReportInput['views'];
  for (const { label, config } of contenders) {
    const readers = reporters?.(config.name) ?? [];
    const finished = await runExperiment({ ...shared, config, dataset, reporters: readers });
    if (finished.done.aborted) return { stopped: finished.run };
    collected.push(await collectMethod(label, finished));
    views = await collectGallery(finished.experiment);
    finished.training.dispose();
  }
  return { dataset, collected, views };
};

/** Writes the report of what was trained into the last run's folder, and closes the dataset. Gives the page's path. */
export const writeReport = async (
  request: ReportRequest,
  { dataset, collected, views }: Compared,
): Promise<string> => {
  const { files } = collected.at(-1)!.run;
  await writeFile(files.report, buildReport(await reportInput(request, dataset, collected, views)));
  await dataset.close?.();
  return files.report;
};
