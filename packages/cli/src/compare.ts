import { writeFile } from 'node:fs/promises';
import type { ExperimentConfig } from '@understory/config';
import { DATASET, seedOf, type Registry, type Runner } from '@understory/core';
import { buildReport, type ReportInput } from '@understory/report';
import { interruptible } from './interrupt.ts';
import { preparation } from './preparation.ts';
import { collectGallery, collectMethod, reportInput, type Collected } from './reportInput.ts';
import { runExperiment } from './runExperiment.ts';
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

/** Trains contenders one after the other on one opened dataset; undefined where Ctrl-C ended it early. */
export const compare = async (
  comparison: Comparison,
): Promise<{ collected: readonly Collected[]; report: string } | undefined> => {
  const { contenders, registry, runner, folder, runs } = comparison;
  const first = contenders[0]!.config;
  const dataset = await registry.make(
    DATASET,
    first.dataset,
  )({ seed: seedOf(first.seed).at('dataset'), progress: preparation() });
  const { signal, release } = interruptible();
  const collected: Collected[] = [];
  let gallery: ReportInput['views'];
  for (const { label, config } of contenders) {
    const finished = await runExperiment({
      registry,
      runner,
      config,
      folder,
      runs,
      dataset,
      signal,
      reporters: [terminalReporter()],
    });
    if (finished.done.aborted) {
      process.stdout.write(`Stopped. ${finished.run.folder} keeps a checkpoint.\n`);
      finished.training.dispose();
      release();
      return undefined;
    }
    collected.push(await collectMethod(label, finished));
    gallery = await collectGallery(finished.experiment);
    finished.training.dispose();
  }
  release();
  const report = collected.at(-1)!.run.files.report;
  const input = await reportInput(
    { title: comparison.title, command: comparison.command, seed: first.seed },
    dataset,
    collected,
    gallery,
  );
  await writeFile(report, buildReport(input));
  await dataset.close?.();
  return { collected, report };
};
