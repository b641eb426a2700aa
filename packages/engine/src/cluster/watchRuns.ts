import { UnderstoryError } from '@understory/core';
import { PATIENCE } from './cluster.ts';

/** Seconds for a run of a kind that was never done: it waits for workers that prepare their data, or trace more slowly. */
const FIRST = 600;
/** So many times as long as ever before a run may take, and the patience beyond that. */
const AGAIN = 3;

const lost = (name: string, seconds: number): UnderstoryError =>
  new UnderstoryError(
    'worker-lost',
    `Another worker has stopped answering: step "${name}" was not done after ${seconds.toFixed(0)} s. See whether all workers run and ` +
      'reach each other; where a step may take so long, allow more (--worker-timeout).',
  );

/** Lets everything that the event loop holds ready be handled: a run may have ended while it was busy. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Bounds what a run takes; `kind`: runs of one kind take about as long. */
export type Watch = <T>(kind: { readonly name: string }, running: Promise<T>) => Promise<T>;

/**
 * Watches runs that sum over workers: one that takes far longer than those before it waits for a worker that is frozen or cut
 * off, and is given up by `cancel`. TensorFlow's own bound for a sum keeps a thread asleep for as long, for every sum: thousands.
 * Errors: `worker-lost`.
 */
export const watchRuns = (cancel: () => void, patience = PATIENCE): Watch => {
  const longest = new WeakMap<object, number>();
  return async (kind, running) => {
    const known = longest.get(kind);
    const seconds = known === undefined ? Math.max(patience, FIRST) : patience + AGAIN * known;
    const started = performance.now();
    const is = { ended: false, givenUp: false };
    const giveUp = async (): Promise<void> => {
      await settled();
      if (is.ended) return;
      is.givenUp = true;
      cancel();
    };
    const timer = setTimeout(() => void giveUp(), 1000 * seconds);
    try {
      const result = await running;
      longest.set(kind, Math.max(known ?? 0, (performance.now() - started) / 1000));
      return result;
    } catch (error) {
      throw is.givenUp ? lost(kind.name, seconds) : error;
    } finally {
      is.ended = true;
      clearTimeout(timer);
    }
  };
};
