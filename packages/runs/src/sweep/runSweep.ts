import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { claimRun } from '@understory/tracking/node';
import type { Listeners } from '../listeners.ts';
import { settlePrecision } from '../precision/settlePrecision.ts';
import { forkWork } from '../processes/forkWork.ts';
import { sideBySide } from '../tables/sideBySide.ts';
import { barsFor, learns, nextPoint } from './decide.ts';
import { keepLedger, openLedger, type Ledger } from './ledger.ts';
import type { OpenedSweep } from './openSweep.ts';
import { writeSweep, type Sweep } from './sweepFile.ts';
import { writeSweepPage, type SweepCommands } from './sweepPage.ts';
import type { TrialOutcome, TrialRequest } from './trainTrial.ts';
import { trialName, type Trial } from './trial.ts';
import { trialConfig } from './trialConfig.ts';

export interface RunSweepRequest extends SweepCommands {
  /** Where run folders are made; the sweep has one of its own there. */
  readonly runs: string;
  readonly jobs: number;
  /** Trains trials again that failed. */
  readonly retry: boolean;
}

export interface SweepListeners extends Listeners {
  readonly signal: AbortSignal;
}

export interface FinishedSweep {
  readonly sweep: Sweep;
  /** Whether every trial is at its end; false after an interruption. */
  readonly complete: boolean;
  readonly folder: string;
  /** The page with parallel coordinates. */
  readonly page: string;
}

const WORKER = {
  module: new URL(`trialWorker${path.extname(import.meta.url)}`, import.meta.url),
  code: 'trial-failed',
};

type Run = (index: number) => Promise<boolean>;

interface Under {
  readonly opened: OpenedSweep;
  readonly ledger: Ledger;
  readonly folder: string;
  readonly jobs: number;
  readonly listeners: SweepListeners;
}

/** Trains one trial in a process of its own. False where it was interrupted. */
const trialRunner =
  ({ opened, ledger, folder, jobs, listeners }: Under): Run =>
  async (index) => {
    const { swept, plan } = opened;
    const { values } = ledger.now().tried[index] ?? {};
    const trial: Trial = {
      values: values ?? nextPoint(ledger.now(), plan, index),
      ...{ state: 'begun', runs: [] },
    };
    const name = trialName(index);
    try {
      await ledger.put(index, trial);
      if (listeners.signal.aborted) return false;
      const config = trialConfig(swept, plan.space, trial.values);
      const sweep = ledger.now();
      const { measure, goal, at, test } = sweep;
      const request: TrialRequest = {
        ...{ name, config, folder: swept.folder, runs: folder, measure, goal, at, test },
        seeds: barsFor(sweep, index, config.epochs),
      };
      const threads = config.engine.threads || Math.max(1, Math.floor(availableParallelism() / jobs));
      const options = { name, threads, signal: listeners.signal };
      const { state, runs } = await forkWork<TrialOutcome>(WORKER, request, options, listeners);
      if (state === 'interrupted') return false;
      await ledger.put(index, { ...trial, state, runs });
    } catch (error) {
      if (!(error instanceof Error) || (error instanceof UnderstoryError && error.code === 'write-failed'))
        throw error;
      const reason = error.message.startsWith(`${name}: `)
        ? error.message.slice(name.length + 2)
        : error.message;
      listeners.say(`${name} failed, and the sweep goes on: ${reason}`);
      await ledger.put(index, { ...trial, state: 'failed', reason });
    }
    return true;
  };

/** Each trial after those that decide it. */
const inTurn = (run: Run, apart: number, signal: AbortSignal): Run => {
  const ended: Promise<unknown>[] = [];
  return async (index) => {
    const wait = Promise.all(ended.slice(0, Math.max(0, index + 1 - apart)));
    const own = wait.then(() => !signal.aborted && run(index));
    ended[index] = own.catch(() => undefined); // who runs this one hears what failed; the others only wait
    return own;
  };
};

const numbersOf = ({ trials }: Sweep): number[] => Array.from({ length: trials }, (_, index) => index);

/** Whether a trial is not at its end. */
const isOpen = ({ tried }: Sweep, index: number): boolean => (tried[index]?.state ?? 'begun') === 'begun';

/** Trains every trial that is not at its end. False where that was interrupted. */
const trainAll = async (under: Under): Promise<boolean> => {
  const { ledger, jobs, listeners } = under;
  const sweep = ledger.now();
  const { signal } = listeners;
  const train = trialRunner(under);
  const step: Run = async (index) => !isOpen(sweep, index) || (!signal.aborted && (await train(index)));
  const run = learns(sweep) ? inTurn(step, sweep.apart, signal) : step;
  const { interrupted, failed } = await sideBySide(numbersOf(sweep), {
    jobs: learns(sweep) ? Math.min(jobs, sweep.apart) : jobs,
    before: () => undefined,
    run,
  });
  // A trial that fails is kept as such; what comes here is a sweep that cannot be written.
  for (const { error } of failed) throw error;
  return !interrupted;
};

/** A sweep that learns goes on with as many trials at a time as it was begun with, or fewer: others would be decided otherwise. */
const tellOfJobs = (sweep: Sweep, jobs: number, { say }: Listeners): void => {
  if (!learns(sweep) || jobs <= sweep.apart) return;
  say(
    `This sweep was begun with --jobs ${sweep.apart}, and each trial is decided by those that are so many before it. ` +
      `So ${sweep.apart} are trained at a time, and not ${jobs}.`,
  );
};

/** Where the config leaves its precision open, it is chosen once for all trials, which are compared. */
const withOnePrecision = async (
  { swept, ...opened }: OpenedSweep,
  { say }: Listeners,
): Promise<OpenedSweep> => ({
  ...opened,
  swept: { ...swept, config: await settlePrecision({ ...swept, say }) },
});

/** Errors: `sweep-failed` where no trial came to anything. */
const checkAny = ({ tried }: Sweep, file: string): void => {
  const [first] = tried;
  if (first === undefined || tried.some(({ state }) => state !== 'failed')) return;
  throw new UnderstoryError(
    'sweep-failed',
    `All ${tried.length} trials failed. The first one: ${first.reason ?? 'no reason is kept'} ` +
      'Mend that and add --retry. Where it is the config that has to change, the sweep begins anew: ' +
      `delete ${path.dirname(file)}, or give --runs another folder.`,
  );
};

/**
 * Trains the trials of a sweep that are not at their end, each in a process of its own; a trial that fails is told, and the
 * others go on. What was interrupted goes on from its checkpoints. Errors: `other-settings`, `bad-sweep`, `run-busy`, `sweep-failed`.
 */
export const runSweep = async (
  opened: OpenedSweep,
  request: RunSweepRequest,
  listeners: SweepListeners,
): Promise<FinishedSweep> => {
  const folder = path.resolve(request.runs, `${opened.settings.config.name}-sweep`);
  const [file, page] = ['sweep.json', 'sweep.html'].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  await mkdir(folder, { recursive: true });
  const release = await claimRun(folder);
  try {
    const begun = await openLedger(opened, request, file);
    const write = async (sweep: Sweep): Promise<void> => {
      await writeSweep(file, sweep);
      await writeSweepPage(page, sweep, { ...opened, ...request });
    };
    const ledger = keepLedger(begun, write);
    await write(begun);
    tellOfJobs(begun, request.jobs, listeners);
    const isAtEnd = !numbersOf(begun).some((index) => isOpen(begun, index));
    const complete =
      isAtEnd ||
      (await trainAll({
        ...{ ledger, folder, jobs: request.jobs, listeners },
        opened: await withOnePrecision(opened, listeners),
      }));
    checkAny(ledger.now(), file);
    return { sweep: ledger.now(), complete, folder, page };
  } finally {
    await release();
  }
};
