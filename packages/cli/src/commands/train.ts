import path from 'node:path';
import { dataLine, UnderstoryError, type Resumable } from '@understory/core';
import {
  dryRun,
  newestRun,
  openConfig,
  openResume,
  openRunner,
  openSuited,
  runExperiment,
  settleAsBegun,
  settlePrecision,
} from '@understory/runs';
import { shellCommand } from '../arguments/shellCommand.ts';
import { dryRunText } from '../dryRunText.ts';
import { interruptible } from '../interrupt.ts';
import { preparation } from '../progress.ts';
import { resultTable } from '../resultTable.ts';
import { tellChoices } from '../tellChoices.ts';
import { print, say, terminalReporter } from '../terminal.ts';

interface TrainOptions {
  readonly set: readonly string[];
  readonly plugin: readonly string[];
  readonly dryRun: boolean;
  readonly resume: boolean;
  /** Which checkpoint to go on from; the last one by default. */
  readonly from?: Resumable;
  /** What may change when a run goes on. */
  readonly allow: readonly string[];
  readonly runs: string;
}

const usage = (message: string): UnderstoryError => new UnderstoryError('usage', message);

/** Errors: `usage` for options that mean nothing beside the others. */
const checkOptions = ({ resume, from, allow, dryRun: dry }: TrainOptions): void => {
  if (resume && dry) throw usage('--dry-run is about a new run. Leave --resume or --dry-run out.');
  const lone = from !== undefined ? '--from' : allow.length > 0 ? '--allow' : undefined;
  if (resume || lone === undefined) return;
  throw usage(`${lone} is about a run that goes on. Add --resume, or leave ${lone} out.`);
};

type Files = readonly [string, ...string[]];
type Opened = Awaited<ReturnType<typeof openConfig>>;

/** What a config leaves open, settled by the run that goes on. */
const settledByRun = async ({ config, open, registry }: Opened, { from, allow, runs }: TrainOptions) => {
  const folder = await newestRun(runs, config.name);
  const begun = await settleAsBegun(config, folder);
  const resume = await openResume(registry, { config: begun, open, allow, folder, ...(from && { from }) });
  return { config: { ...resume.config, engine: begun.engine }, resume };
};

/** What a config leaves open, settled by its data and by this machine. */
const settledByData = async (opened: Opened, tell: (line: string) => void) => {
  const { dataset, choices, ...suited } = await openSuited(opened, { say, onProgress: preparation() });
  tellChoices(choices, tell);
  return { config: await settlePrecision({ ...suited, say }), dataset };
};

/** `train --dry-run`: what it would train on, its memory and time, by a few steps that are thrown away. */
const tryOut = async (opened: Opened): Promise<void> => {
  const { folder, registry, locate } = opened;
  const { config, dataset } = await settledByData(opened, print);
  const runner = await openRunner(config.engine, say);
  const onProgress = preparation();
  const tried = await dryRun({ registry, runner, config, folder, locate, dataset, say, onProgress });
  if (tried.start.data) print(dataLine(tried.start.data));
  print(dryRunText(tried));
  await dataset.close?.();
  runner.dispose();
};

/** `understory train <configs…>`: a run of its own, or the newest one of the config's name further. */
export const train = async (files: Files, options: TrainOptions): Promise<void> => {
  checkOptions(options);
  const { set, plugin, runs } = options;
  const opened = await openConfig(files, set, plugin);
  if (options.dryRun) return tryOut(opened);
  const { folder, registry, locate } = opened;
  const { config, ...begin } = options.resume
    ? await settledByRun(opened, options)
    : await settledByData(opened, print);
  const runner = await openRunner(config.engine, say);
  print(runner.description);
  const { signal, release } = interruptible();
  const { run, training, start, done } = await runExperiment({
    ...{ registry, runner, config, folder, locate, runs, signal, say },
    ...begin,
    reporters: [terminalReporter()],
    onProgress: preparation(),
  });
  release();
  const kept = path.relative('.', run.folder) || '.';
  if (done.result) print(`\n${resultTable([{ label: run.name, start, done }])}`);
  const words = [
    'understory',
    'train',
    ...files,
    ...plugin.flatMap((name) => ['--plugin', name]),
    '--resume',
  ];
  const again = shellCommand(words, options);
  print(`\n${done.aborted ? `Stopped at step ${done.step}. Go on with: ${again}` : `Kept in ${kept}`}`);
  training.dispose();
  runner.dispose();
};
