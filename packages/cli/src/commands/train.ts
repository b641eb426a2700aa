import path from 'node:path';
import { UnderstoryError, type Resumable } from '@understory/core';
import {
  newestRun,
  openConfig,
  openResume,
  openRunner,
  runExperiment,
  settleAsBegun,
  settlePrecision,
} from '@understory/runs';
import { shellCommand } from '../arguments/shellCommand.ts';
import { interruptible } from '../interrupt.ts';
import { preparation } from '../progress.ts';
import { resultTable } from '../resultTable.ts';
import { say, terminalReporter } from '../terminal.ts';

interface TrainOptions {
  readonly set: readonly string[];
  readonly resume: boolean;
  /** Which checkpoint to go on from; the last one by default. */
  readonly from?: Resumable;
  /** What may change when a run goes on. */
  readonly allow: readonly string[];
  readonly runs: string;
}

/** Errors: `usage` for options that mean nothing without --resume. */
const checkOptions = ({ resume, from, allow }: TrainOptions): void => {
  const lone = from !== undefined ? '--from' : allow.length > 0 ? '--allow' : undefined;
  if (resume || lone === undefined) return;
  throw new UnderstoryError(
    'usage',
    `${lone} is about a run that goes on. Add --resume, or leave ${lone} out.`,
  );
};

/** `understory train <config>`: a run of its own, or the newest one of the config's name further. */
export const train = async (file: string, options: TrainOptions): Promise<void> => {
  const { set, resume, from, allow, runs } = options;
  checkOptions(options);
  const opened = await openConfig(file, set);
  const { folder, registry, locate } = opened;
  const begun = resume && (await newestRun(runs, opened.config.name));
  const config = begun
    ? await settleAsBegun(opened.config, begun)
    : await settlePrecision({ ...opened, say });
  const request = { config, allow, ...(from && { from }) };
  const resumption = begun ? await openResume(registry, { ...request, folder: begun }) : undefined;
  const runner = await openRunner(config.engine, say);
  process.stdout.write(`${runner.description}\n`);
  const { signal, release } = interruptible();
  const { run, training, start, done } = await runExperiment({
    ...{ registry, runner, config, folder, locate, runs, signal, say },
    ...(resumption && { resume: resumption }),
    reporters: [terminalReporter()],
    onProgress: preparation(),
  });
  release();
  const kept = path.relative('.', run.folder) || '.';
  if (done.result) process.stdout.write(`\n${resultTable([{ label: run.name, start, done }])}\n`);
  const again = shellCommand(['understory', 'train', file, '--resume'], options);
  const next = done.aborted ? `Stopped at step ${done.step}. Go on with: ${again}` : `Kept in ${kept}`;
  process.stdout.write(`\n${next}\n`);
  training.dispose();
  runner.dispose();
};
