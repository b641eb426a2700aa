import { UnderstoryError } from '@understory/core';
import { PATIENCE, type Cluster } from './cluster.ts';

/** Seconds for a run of a kind that was never done. */
const FIRST = 600;
/** So many times as long as ever before a run may take, and the patience beyond that. */
const AGAIN = 3;

export interface WatchOptions extends Pick<Cluster, 'patience' | 'startPatience'> {
  /** Says which workers nobody reaches, as a message begins; undefined where all seem to be there. */
  readonly unreached?: () => Promise<string | undefined>;
  /** Ends this process with a last word, unless what it gives is called before long: a run may not heed that it is cancelled. */
  readonly endUnlessPrevented?: (text: string) => () => void;
}

const lost = (who = 'Another worker has stopped answering', of: Step, seconds: number): UnderstoryError => {
  const done = `step "${of.name}" was not done after ${seconds.toFixed(0)} s`;
  const option = of.isFirst ? '--start-timeout' : '--worker-timeout';
  return new UnderstoryError(
    'worker-lost',
    `${who}: ${done}. See whether all workers run and reach each other; where it may take so long, allow more (${option}).`,
  );
};

interface Step {
  readonly name: string;
  /** Whether it was never done. */
  readonly isFirst: boolean;
}

/** Lets everything that the event loop holds ready be handled: a run may have ended while it was busy. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Bounds what a run takes; `kind`: runs of one kind take about as long. */
export type Watch = <T>(kind: { readonly name: string }, running: Promise<T>) => Promise<T>;

/**
 * Watches runs that sum over workers: one that takes far longer than those before it waits for a worker that is frozen or cut
 * off, and is given up by `cancel`. TensorFlow's own bound for a sum keeps a thread asleep for as long, for every sum: thousands.
 * Errors: `worker-lost`.
 */
export const watchRuns = (cancel: () => void, options: WatchOptions = {}): Watch => {
  const { patience = PATIENCE, unreached = () => Promise.resolve(undefined) } = options;
  const { startPatience = Math.max(patience, FIRST), endUnlessPrevented = () => () => undefined } = options;
  const longest = new WeakMap<object, number>();
  return async (kind, running) => {
    const known = longest.get(kind);
    const seconds = known === undefined ? startPatience : patience + AGAIN * known;
    const started = performance.now();
    const is: { ended: boolean; lost?: UnderstoryError; prevent?: () => void } = { ended: false };
    const hasEnded = (): boolean => is.ended;
    const giveUp = async (): Promise<void> => {
      await settled();
      if (hasEnded()) return;
      const who = await unreached();
      if (hasEnded()) return;
      is.lost = lost(who, { name: kind.name, isFirst: known === undefined }, seconds);
      is.prevent = endUnlessPrevented(is.lost.message);
      cancel();
    };
    const timer = setTimeout(() => void giveUp(), 1000 * seconds);
    try {
      const result = await running;
      longest.set(kind, Math.max(known ?? 0, (performance.now() - started) / 1000));
      return result;
    } catch (error) {
      throw is.lost ?? error;
    } finally {
      is.ended = true;
      is.prevent?.();
      clearTimeout(timer);
    }
  };
};
