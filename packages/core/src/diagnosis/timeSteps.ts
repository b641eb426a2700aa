import { UnderstoryError } from '../errors.ts';
import type { Runner } from '../contracts/runner.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { prepareTraining, type Training } from '../training/train.ts';
import { bounded } from './compareRunners.ts';

/** Milliseconds of each runner's steps, one a round; those that are left out of later rounds have fewer. */
export type Rounds = readonly (readonly number[])[];

export interface TimeOptions {
  /** Most steps of each that count; one before them traces and warms up. */
  readonly rounds: number;
  /** Which runners go on, by their places, after what was measured so far; none of them ends it. */
  readonly goOn: (measured: Rounds) => readonly number[];
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
 * Trains the same experiment with several runners, a step of each in turn, every other round the other way round, and gives the
 * milliseconds of all steps. The runners stay open.
 */
export const timeSteps = async (
  prepare: (runner: Runner) => Promise<Experiment>,
  runners: readonly Runner[],
  { rounds, goOn, clock }: TimeOptions,
): Promise<Rounds> => {
  const trainings: Training[] = [];
  const all: { readonly events: ReturnType<Training['events']>; readonly times: number[] }[] = [];
  const measured = (): Rounds => all.map(({ times }) => times);
  try {
    for (const runner of runners) {
      const training = await prepareTraining(bounded(await prepare(runner), rounds + 1), { runner });
      trainings.push(training);
      const events = training.events();
      all.push({ events, times: [] });
      await step(events);
    }
    for (let round = 0; round < rounds; round++) {
      const going = new Set(goOn(measured()));
      const these = all.filter((_, i) => going.has(i));
      if (these.length === 0) break;
      for (const { events, times } of round % 2 === 0 ? these : these.reverse()) {
        const before = clock();
        await step(events);
        times.push(clock() - before);
      }
    }
    return measured();
  } finally {
    for (const { events } of all) await events.return(undefined);
    for (const training of trainings) training.dispose();
  }
};
