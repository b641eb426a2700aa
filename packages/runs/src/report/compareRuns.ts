import { writeFile } from 'node:fs/promises';
import type { ExperimentConfig } from '@understory/config';
import { DATASET, seedOf, type Dataset, type Registry, type Runner } from '@understory/core';
import type { Precision } from '@understory/engine';
import type { ReportInput, ReportSection } from '@understory/report';
import type { Run } from '@understory/tracking/node';
import type { Listeners } from '../listeners.ts';
import { withPrecision } from '../precision/settled.ts';
import { runExperiment } from '../run/runExperiment.ts';
import { collectGallery, collectMethod, type Collected } from './collect.ts';
import { keepCollected, keepingViews } from './keepLook.ts';
import { reportInput, type ReportRequest } from './reportInput.ts';
import { reportSections } from './sections.ts';

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
  /** Further sections of the report. */
  readonly sections: readonly ReportSection[];
}

/** Contenders that share a runner, and so the precision that was settled for one of them. */
export const sharingPrecision = (
  [first, ...others]: Comparison['contenders'],
  precision: Precision,
): Comparison['contenders'] => {
  const settled = ({ label, config }: Contender): Contender => ({
    label,
    config: withPrecision(config, precision),
  });
  return [settled(first), ...others.map(settled)];
};

/** Trains contenders one after the other on one opened dataset; where one was interrupted, its run is given instead. */
export const trainContenders = async ({
  contenders,
  ...shared
}: Comparison): Promise<Compared | { readonly stopped: Run }> => {
  const { registry, onProgress, reporters } = shared;
  const { dataset: spec, seed } = contenders[0].config;
  const [first, ...others] = contenders;
  // Before anything trains, so that a section that cannot be made costs no run.
  const sections = reportSections(
    registry,
    [first.config, ...others.map(({ config }) => config)],
    shared.say,
  );
  const open = registry.make(DATASET, spec);
  const dataset = await open({
    seed: seedOf(seed).at('dataset'),
    ...(onProgress && { progress: onProgress }),
  });
  const collected: Collected[] = [];
  let views: ReportInput['views'];
  for (const { label, config } of contenders) {
    const readers = reporters?.(config.name) ?? [];
    const finished = await runExperiment({
      ...{ ...shared, config, dataset, reporters: readers },
      onFirstStep: keepingViews(shared.say),
    });
    if (finished.done.aborted) return { stopped: finished.run };
    collected.push(await collectMethod(label, finished));
    views = await collectGallery(finished.experiment);
    finished.training.dispose();
  }
  return { dataset, collected, views, sections };
};

/** Writes the report of what was trained into the last run's folder, and closes the dataset. Gives the page's path. */
export const writeReport = async (
  request: ReportRequest,
  { dataset, collected, views, sections }: Compared,
): Promise<string> => {
  const { files } = collected.at(-1)!.run;
  const input = await reportInput(request, dataset, collected, views);
  const { buildReport } = await import('@understory/report/node');
  await writeFile(files.report, buildReport(input, sections));
  for (const one of collected) await keepCollected(one, input);
  await dataset.close?.();
  return files.report;
};
