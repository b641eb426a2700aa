import type { ExperimentConfig } from '@understory/config';
import { callbacks, listed, UnderstoryError, type EpochEvent, type Registry } from '@understory/core';
import { readMetrics } from '@understory/tracking/node';
import type { Listeners } from '../listeners.ts';
import { begunRun, continueRun, endOf, epochsOf, splitId, type OpenRunner } from '../run/continuedRun.ts';
import { readRun } from '../run/runInfo.ts';
import { stoppedAfter, type Bars } from './stopping.ts';
import { signOf, type Measuring, type TrialRun } from './trial.ts';

/** What a process that trains a trial is told. */
export interface TrialRequest extends Measuring {
  readonly name: string;
  /** With the trial's values. */
  readonly config: ExperimentConfig;
  /** Where its relative paths count from. */
  readonly folder: string;
  /** Where the trial's runs are. */
  readonly runs: string;
  /** What each seed's run has to reach to go on. */
  readonly seeds: readonly { readonly seed: number; readonly bars: Bars }[];
  readonly test: boolean;
}

/** What training a trial takes. */
export interface TrialWork extends Listeners {
  readonly registry: Registry;
  readonly openRunner: OpenRunner;
  readonly signal: AbortSignal;
}

/** How a trial's process ended. */
export interface TrialOutcome {
  readonly state: 'ended' | 'stopped' | 'interrupted';
  readonly runs: readonly TrialRun[];
}

/** The measure after each epoch. */
const curveOf = (epochs: readonly EpochEvent[], measure: string): number[] =>
  epochs.map(({ metrics }) => metrics[measure] ?? NaN);

const numberOf = (
  numbers: Readonly<Record<string, number>>,
  { measure }: Measuring,
  name: string,
): number => {
  const value = numbers[measure];
  if (value !== undefined) return value;
  throw new UnderstoryError(
    'sweep',
    `${name} has no number ${measure}; it has ${listed(Object.keys(numbers), 150)}. Name one of them with --measure.`,
  );
};

/** What a run's folder tells of it so far. */
const tell = async (folder: string, request: TrialRequest, seed: number): Promise<TrialRun> => {
  const { config, at, measure, test } = request;
  const { run, info } = await readRun(folder);
  const lines = await readMetrics(run.files.metrics);
  const epochs = epochsOf(lines);
  const ended = await endOf(folder);
  const split = info.dataset.fingerprint?.splits.validation;
  const numbers = ended?.done.result[at];
  return {
    ...{ name: run.name, seed, curve: curveOf(epochs, measure), epochs: config.epochs },
    ...(numbers && { value: numberOf(numbers.validation, request, run.name) }),
    ...(numbers && test && { test: numberOf(numbers.test, request, run.name) }),
    seconds: Math.round(lines.findLast((line) => line.type === 'done')?.seconds ?? 0),
    measured: split ? splitId(split) : '',
  };
};

/** Aborts when a run falls below its bar. */
const watch = (request: TrialRequest, bars: Bars, before: readonly number[], stop: () => void) => {
  const sign = signOf(request);
  const curve = before.map((value) => sign * value);
  return callbacks({
    epoch({ epoch, metrics }) {
      curve.length = epoch; // a run that goes on tells some epochs again
      curve[epoch] = sign * (metrics[request.measure] ?? NaN);
      if (stoppedAfter(curve, bars) !== undefined) stop();
    },
  });
};

type SeedOutcome = TrialOutcome['state'];

/** Trains a trial's run with one seed; one that is there is read, or gone on with. */
const trainSeed = async (
  { seed, bars }: TrialRequest['seeds'][number],
  request: TrialRequest,
  work: TrialWork,
): Promise<readonly [SeedOutcome, TrialRun | undefined]> => {
  const { runs, folder } = request;
  const sign = signOf(request);
  const judged = (run: TrialRun): SeedOutcome => {
    if (run.value !== undefined) return 'ended';
    const curve = run.curve.map((value) => sign * value);
    return stoppedAfter(curve, bars) === undefined ? 'interrupted' : 'stopped';
  };
  const config = { ...request.config, seed, name: `${request.name}-seed${seed}` };
  const begun = await begunRun(runs, config);
  const before = begun === undefined ? undefined : await tell(begun, request, seed);
  if (before && judged(before) !== 'interrupted') return [judged(before), before];
  const own = new AbortController();
  const reporters = [
    ...(work.reporters?.(config.name) ?? []),
    watch(request, bars, before?.curve ?? [], () => own.abort()),
  ];
  const signal = AbortSignal.any([work.signal, own.signal]);
  const shared = { ...work, config, folder, runs, reporters, signal, untested: !request.test };
  const run = await tell(await continueRun(shared, begun), request, seed);
  return [judged(run), run];
};

/** Trains a trial with each of its seeds, one after the other, until one is stopped or interrupted. */
export const trainTrial = async (request: TrialRequest, work: TrialWork): Promise<TrialOutcome> => {
  const runs: TrialRun[] = [];
  for (const one of request.seeds) {
    if (work.signal.aborted) return { state: 'interrupted', runs };
    const [state, run] = await trainSeed(one, request, work);
    if (run) runs.push(run);
    if (state !== 'ended') return { state, runs };
  }
  return { state: 'ended', runs };
};
