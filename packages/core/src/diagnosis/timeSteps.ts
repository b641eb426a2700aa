import { UnderstoryError } from '../errors.ts';
import type { Runner } from '../contracts/runner.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { prepareTraining, type Training } from '../training/train.ts';
import { bounded } from './compareRunners.ts';

export interface TimeOptions {
  /** Steps of each that count; one before them traces and warms up. */
  readonly rounds: number;
  /** Milliseconds since some moment: CPU time where others use the machine too. */
  readonly clock: () => number;
}

const step = async (events: ReturnType<Training['events']>): Promise<void> => {
  for (;;) {
    const { value, done } = await events.next();
    if (value?.type === 'step') return;
    if (done) throw new UnderstoryError('measure', 'The run ended before its steps were measured.');
  }
};

/**
 * Trains the same experiment with several runners, a step of each in turn, and gives the shortest step of each, in
 * milliseconds. The runners stay open.
 */
export const timeSteps = async (
  prepare: (runner: Runner) => Promise<Experiment>,
  runners: readonly Runner[],
  { rounds, clock }: TimeOptions,
): Promise<number[]> => {
  const trainings: Training[] = [];
  const all: ReturnType<Training['events']>[] = [];
  const best = runners.map(() => Infinity);
  try {
    for (const runner of runners) {
      const training = await prepareTraining(bounded(await prepare(runner), rounds + 1), { runner });
      trainings.push(training);
      const events = training.events();
      all.push(events);
      await step(events);
    }
    for (let round = 0; round < rounds; round++)
      for (const [i, events] of all.entries()) {
        const before = clock();
        await step(events);
        best[i] = Math.min(best[i] ?? Infinity, clock() - before);
      }
    return best;
  } finally {
    for (const events of all) await events.return(undefined);
    for (const training of trainings) training.dispose();
  }
};
