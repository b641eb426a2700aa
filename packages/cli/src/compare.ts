import { writeFile } from 'node:fs/promises';
import type { ExperimentConfig } from '@understory/config';
import { DATASET, seedOf, type Dataset, type Registry, type Runner } from '@understory/core';
import { buildReport, type ReportInput } from '@understory/report';
import { interruptible } from './interrupt.ts';
import { preparation } from './preparation.ts';
import { collectGallery, collectMethod, reportInput, type Collected, runExperiment } from '@understory/runs';
import { terminalReporter } from './terminal.ts';

export interface Contender {
  readonly label: string;
  readonly config: ExperimentConfig;
}

export interface Comparison {
  readonly title: string;
  readonly contenders: readonly Contender[];
  readonly registry: Registry;
  readonly runner: Runner;
  /** Where the configs' relative paths count from. */
  readonly folder: string;
  readonly runs: string;
  /** The command that does this again. */
  readonly command: string;
}

/** Trains contenders one after the other; undefined where Ctrl-C ended one early. */
const trainAll = async (
  { contenders, registry, runner, folder, runs }: Comparison,
  dataset: Dataset,
): Promise<{ collected: Collected[]; gallery: ReportInput['views'] } | undefined> => {
  const { signal, release } = interruptible();
  const collected: Collected[] = [];
  let gallery: ReportInput['views'];
  try {
    for (const { label, config } of contenders) {
      const reporters = [terminalReporter()];
      const request = { registry, runner, config, folder, runs, dataset, signal, reporters };
      const finished = await runExperiment(request);
      if (finished.done.aborted) {
        process.stdout.write(`Stopped. ${finished.run.folder} keeps a checkpoint.\n`);
        return undefined;
      }
      collected.push(await collectMethod(label, finished));
      gallery = await collectGallery(finished.experiment);
      finished.training.dispose();
    }
    return { collected, gallery };
  } finally {
    release();
  }
};

/** Trains contenders on one opened dataset and writes their report; undefined where Ctrl-C ended it early. */
export const compare = async (
  comparison: Comparison,
): Promise<{ collected: readonly Collected[]; report: string } | undefined> => {
  const { registry, title, command } = comparison;
  const { dataset: spec, seed } = comparison.contenders[0]!.config;
  const open = registry.make(DATASET, spec);
  const dataset = await open({ seed: seedOf(seed).at('dataset'), progress: preparation() });
  const trained = await trainAll(comparison, dataset);
  if (!trained) return undefined;
  process.stdout.write('\nWriting the report.\n');
  const { collected, gallery } = trained;
  const report = collected.at(-1)!.run.files.report;
  await writeFile(
    report,
    buildReport(await reportInput({ title, command, seed }, dataset, collected, gallery)),
  );
  await dataset.close?.();
  return { collected, report };
};
