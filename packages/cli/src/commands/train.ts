import path from 'node:path';
import { UnderstoryError, type Resumable } from '@understory/core';
import { listRuns } from '@understory/tracking';
import { interruptible } from '../interrupt.ts';
import { preparation } from '../preparation.ts';
import { openResume, runExperiment, openConfig, openRunner } from '@understory/runs';
import { resultTable } from '../resultTable.ts';
import { terminalReporter } from '../terminal.ts';

export interface TrainOptions {
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

/** The newest run of a name: `cds`, `cds-2`, … */
const newestRun = async (root: string, name: string): Promise<string> => {
  const all = await listRuns(root);
  const own = all.find(
    (r) => r.name === name || (r.name.startsWith(`${name}-`) && /^\d+$/.test(r.name.slice(name.length + 1))),
  );
  if (!own)
    throw new UnderstoryError(
      'no-run',
      `There is no run named "${name}" in ${root} to go on with. Leave out --resume to start one.`,
    );
  return own.folder;
};

/** As a shell takes it. */
const quoted = (word: string): string =>
  /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** The command that goes on with a run. */
const resumeCommand = (file: string, { set, runs }: TrainOptions): string =>
  [
    `understory train ${quoted(file)} --resume`,
    ...set.map((one) => `--set ${quoted(one)}`),
    ...(runs === 'runs' ? [] : [`--runs ${quoted(runs)}`]),
  ].join(' ');

export const train = async (file: string, options: TrainOptions): Promise<void> => {
  const { set, resume, from, allow, runs } = options;
  checkOptions(options);
  const { config, folder, registry, place } = await openConfig(file, set);
  const request = { config, allow, ...(from && { from }) };
  const begun = resume && { ...request, folder: await newestRun(runs, config.name) };
  const resumption = begun && (await openResume(registry, begun));
  const runner = await openRunner(config.engine);
  process.stdout.write(`${runner.description}\n`);
  const { signal, release } = interruptible();
  const shown = preparation();
  const { run, training, start, done } = await runExperiment({
    ...{ registry, runner, config, folder, place, runs, signal },
    ...(resumption && { resume: resumption }),
    reporters: [terminalReporter()],
    onProgress: shown,
  });
  release();
  const kept = path.relative('.', run.folder) || '.';
  if (done.result) process.stdout.write(`\n${resultTable([{ label: run.name, start, done }])}\n`);
  const next = done.aborted
    ? `Stopped at step ${done.step}. Go on with: ${resumeCommand(file, options)}`
    : `Kept in ${kept}`;
  process.stdout.write(`\n${next}\n`);
  training.dispose();
  runner.dispose();
};
