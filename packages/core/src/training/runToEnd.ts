import type { DoneEvent, Reporter, RunEvent, StartEvent } from '../contracts/events.ts';
import type { Training } from './train.ts';

/** A function for each kind of event; those that are left out are not told. */
export type Callbacks = {
  readonly [E in RunEvent as E['type']]?: (event: E) => void | Promise<void>;
};

/** A reporter of functions: `callbacks({ epoch: ({ metrics }) => console.log(metrics) })`. */
export const callbacks = (on: Callbacks): Reporter => ({
  report: (event) => (on[event.type] as ((event: RunEvent) => void | Promise<void>) | undefined)?.(event),
});

/**
 * Trains: reads a run's events to the end and tells each reporter of each, in order; a reporter that is slow is waited
 * for, one that throws ends the run. Gives the first and the last event. Reporters are closed whatever happens.
 */
export const runToEnd = async (
  training: Training,
  reporters: readonly Reporter[] = [],
): Promise<{ readonly start: StartEvent; readonly done: DoneEvent }> => {
  const seen: RunEvent[] = [];
  try {
    for await (const event of training.events()) {
      if (event.type === 'start' || event.type === 'done') seen.push(event);
      for (const reporter of reporters) await reporter.report(event);
    }
  } finally {
    for (const reporter of reporters) await reporter.close?.();
  }
  return { start: seen[0] as StartEvent, done: seen.at(-1) as DoneEvent };
};
