import path from 'node:path';
import type { ExperimentConfig } from '@understory/config';
import { alone, callbacks, dataLine, readSpec, UnderstoryError, type Resumable } from '@understory/core';
import { loadEngine } from '@understory/engine';
import {
  assistExperiment,
  codeFingerprint,
  dryRun,
  keepExamples,
  keepingViews,
  newestRun,
  openConfig,
  openResume,
  openRunner,
  openSuited,
  runExperiment,
  settleAsBegun,
  settlePrecision,
  withPrecision,
  type FinishedRun,
  type SettledConfig,
} from '@understory/runs';
import { shellCommand } from '../arguments/shellCommand.ts';
import type { WorkerOptions } from '../arguments/workers.ts';
import { dryRunText } from '../dryRunText.ts';
import { interruptible } from '../interrupt.ts';
import { pageBeside } from '../pageBeside.ts';
import { preparation } from '../progress.ts';
import { resultTable } from '../resultTable.ts';
import { tellChoices } from '../tellChoices.ts';
import { print, say, tell } from '../output/voice.ts';
import { terminalReporter } from '../terminal.ts';
import { endDone, endWorker, launch, workerPlace, type WorkerPlace } from './trainWorkers.ts';

interface TrainOptions extends WorkerOptions {
  readonly set: readonly string[];
  readonly plugin: readonly string[];
  readonly dryRun: boolean;
  readonly resume: boolean;
  /** Which checkpoint to go on from; the last one by default. */
  readonly from?: Resumable;
  /** What may change when a run goes on. */
  readonly allow: readonly string[];
  readonly runs: string;
  /** Whether a page shows the run while it trains. */
  readonly open: boolean;
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
const settledByRun = async (
  { config, open, registry }: Opened,
  { from, allow, runs, goOn }: TrainOptions,
  watched: boolean,
) => {
  const folder = goOn ?? (await newestRun(runs, config.name));
  const begun = await settleAsBegun(config, folder);
  const chosen = goOn === undefined && from ? { from } : {};
  const resume = await openResume(registry, { config: begun, open, allow, folder, watched, ...chosen });
  return { config: { ...resume.config, engine: begun.engine }, resume };
};

/** Who is told what: what all workers have to say, the first one says. */
interface Told {
  readonly say: (line: string) => void;
  readonly print: (line: string) => void;
  readonly progress: { readonly onProgress?: ReturnType<typeof preparation> };
}

const toldBy = (isFirst: boolean): Told =>
  isFirst
    ? { say, print: tell, progress: { onProgress: preparation() } }
    : { say: () => undefined, print: () => undefined, progress: {} };

/** The precision of several workers, who must all choose alike: the fastest of one machine is not that of another. */
const precisionForAll = (config: ExperimentConfig, told: Told): SettledConfig => {
  const { precision } = config.engine;
  if (precision !== 'auto') return withPrecision(config, precision);
  told.say('engine.precision auto: float32, since all workers need the same. Name another one to have it.');
  return withPrecision(config, 'float32');
};

/** A rate that only rises may be meant, and seldom is: a run was shortened, and its warm-up was not. */
const tellWarmup = ({ schedule, epochs }: ExperimentConfig, { say: tellAll }: Told): void => {
  const warmup = readSpec(schedule)?.[1]['warmupEpochs'];
  if (typeof warmup === 'number' && warmup >= epochs)
    tellAll(
      `schedule.warmupEpochs is ${warmup} and epochs is ${epochs}: the rate rises until the run ends. Give fewer, or more epochs.`,
    );
};

/** What a config leaves open, settled by its data, and by this machine where it trains alone. */
const settledByData = async (opened: Opened, told: Told, isAlone = true) => {
  const { dataset, choices, ...suited } = await openSuited(opened, { say: told.say, ...told.progress });
  tellChoices(choices, told.print);
  tellWarmup(suited.config, told);
  const config = isAlone
    ? await settlePrecision({ ...suited, say: told.say })
    : precisionForAll(suited.config, told);
  return { config, dataset };
};

/** `train --dry-run`: what it would train on, its memory and time, by a few steps that are thrown away. */
const tryOut = async (opened: Opened): Promise<void> => {
  const { folder, registry, locate } = opened;
  const { config, dataset } = await settledByData(opened, { ...toldBy(true), print });
  const runner = await openRunner(config.engine, say);
  const { signal, release } = interruptible('Stopping after this step. Ctrl-C again stops at once.');
  const shown = { say, onProgress: preparation(), signal };
  const tried = await dryRun({ registry, runner, config, folder, locate, dataset, ...shown });
  release();
  if (tried.start.data) print(dataLine(tried.start.data));
  print(signal.aborted ? 'Stopped. Nothing is kept.' : dryRunText(tried));
  await dataset.close?.();
  runner.dispose();
};

/** What must be the same on all workers. */
const agreedBy = async (config: ExperimentConfig): Promise<Record<string, string>> => ({
  config: JSON.stringify(config),
  code: codeFingerprint(await loadEngine()),
});

const tellEnd = ({ run, start, done }: FinishedRun, files: Files, options: TrainOptions): void => {
  const kept = path.relative('.', run.folder) || '.';
  if (done.result) print(`\n${resultTable([{ label: run.name, start, done }])}`);
  const plugins = options.plugin.flatMap((name) => ['--plugin', name]);
  const again = shellCommand(['understory', 'train', ...files, ...plugins, '--resume'], options);
  print(`\n${done.aborted ? `Stopped at step ${done.step}. Go on with: ${again}` : `Kept in ${kept}`}`);
  if (done.aborted) return;
  const use = (...words: string[]): string =>
    `  ${shellCommand(['understory', ...words], { set: [], runs: 'runs' })}`;
  tell(`What it learned, as a page; what it says of a picture; the model for other programs:`);
  tell([use('report', kept), use('predict', 'picture.jpg', '--run', kept), use('export', kept)].join('\n'));
};

const settledFor = (opened: Opened, options: TrainOptions, told: Told, place: WorkerPlace | undefined) => {
  if (options.resume || options.goOn !== undefined)
    return settledByRun(opened, options, (place?.rank ?? 0) > 0);
  return settledByData(opened, told, !place);
};

/** Trains in this process: alone, or as one worker of several. */
const trainHere = async (
  opened: Opened,
  files: Files,
  options: TrainOptions,
  place: WorkerPlace | undefined,
): Promise<void> => {
  const { folder, registry, locate } = opened;
  const isFirst = (place?.rank ?? 0) === 0;
  const told = toldBy(isFirst);
  const { config, ...begin } = await settledFor(opened, options, told, place);
  const runner = await openRunner(config.engine, told.say, { cluster: place?.cluster });
  const { size } = runner.workers ?? alone;
  told.print(`${runner.description}${size > 1 ? `, ${size} workers` : ''}`);
  const { signal, release } = isFirst ? interruptible() : interruptible('');
  const request = {
    ...{ registry, runner, config, folder, locate, runs: options.runs, signal, say: told.say },
    ...begin,
    ...(place && { agreed: await agreedBy(config) }),
    onRun: (run: string) => place?.launcher?.tell({ run }),
  };
  if (place && !isFirst) {
    await assistExperiment(request);
    release();
    endDone(place);
  }
  const met = callbacks({ start: () => place?.launcher?.tell({ met: true }) });
  const finished = await runExperiment({
    ...{ ...request, reporters: [met, terminalReporter()], ...told.progress },
    onFirstStep: keepingViews(told.say),
  });
  release();
  if (finished.done.result && !place) await keepExamples(finished, told.say);
  tellEnd(finished, files, options);
  finished.training.dispose();
  runner.dispose();
  place?.launcher?.tell({ done: true });
};

const showPage = async (runs: string): Promise<void> => {
  const url = await pageBeside(runs);
  if (url === undefined) say('The page did not come up. Open it with: understory dashboard --open');
  else print(`Live page: ${url}`);
};

/** `understory train <configs…>`: a run of its own, or the newest one of the config's name further. */
export const train = async (files: Files, options: TrainOptions): Promise<void> => {
  checkOptions(options);
  const place = workerPlace(options);
  const opened = await openConfig(files, options.set, options.plugin);
  if (options.dryRun) return tryOut(opened);
  if (options.open && !place) await showPage(options.runs);
  if (!place && (options.workers ?? 1) > 1) {
    process.exitCode = await launch(opened, options);
    return;
  }
  await trainHere(opened, files, options, place).catch((error: unknown) => {
    if (!place) throw error;
    return endWorker(place, error);
  });
};
