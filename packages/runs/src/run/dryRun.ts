import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { callbacks, median, type StartEvent, type StepEvent } from '@understory/core';
import { machineMemory } from '../suit/stepMemory.ts';
import { runExperiment, type RunRequest } from './runExperiment.ts';

/** What a run would be, by its first steps. */
export interface DryRun {
  readonly start: StartEvent;
  /** Steps that were trained to know, and thrown away. */
  readonly steps: number;
  /** Of a step, the first ones left out: they compile. */
  readonly secondsPerStep: number;
  /** Of all epochs' steps; what is measured after each epoch comes on top. */
  readonly seconds: number;
  /** Most memory that the process had until then, and what the machine has, in bytes. */
  readonly memory: { readonly peak: number; readonly machine: number };
}

/** Steps that are trained: the first one or two compile, the others tell the speed. */
const STEPS = 5;

/**
 * Trains a few steps of a config, keeps nothing of them, and tells what all of it would take; fewer where the run has fewer, or
 * `signal` aborts.
 */
export const dryRun = async (request: Omit<RunRequest, 'runs' | 'resume' | 'reporters'>): Promise<DryRun> => {
  const runs = await mkdtemp(path.join(os.tmpdir(), 'understory-dry-run-'));
  const enough = new AbortController();
  const signal = request.signal ? AbortSignal.any([enough.signal, request.signal]) : enough.signal;
  const times = [performance.now()];
  let wanted = STEPS;
  const watch = callbacks({
    start: ({ epochs, stepsPerEpoch }) => {
      wanted = Math.min(STEPS, epochs * stepsPerEpoch);
    },
    step: ({ step }: StepEvent) => {
      times.push(performance.now());
      request.onProgress?.(signal.aborted ? wanted : step + 1, wanted, 'steps');
      if (step + 1 >= wanted) enough.abort();
    },
  });
  try {
    // Reporters of the config's own would tell others of a run that is none.
    const config = { ...request.config, reporters: [], checkpointEvery: 0 };
    const { start, training } = await runExperiment({
      ...{ ...request, config, runs, reporters: [watch], signal },
    });
    training.dispose();
    const taken = times.slice(1).map((time, i) => (time - (times[i] ?? time)) / 1000);
    const secondsPerStep = taken.length > 0 ? median(taken.slice(taken.length > 2 ? 2 : 0)) : 0;
    return {
      ...{ start, steps: taken.length, secondsPerStep },
      seconds: secondsPerStep * start.epochs * start.stepsPerEpoch,
      memory: { peak: process.resourceUsage().maxRSS * 1024, machine: machineMemory() },
    };
  } finally {
    await rm(runs, { recursive: true, force: true });
  }
};
