import type { NdArrays } from '../contracts/arrays.ts';

/** Steps whose batches are read and assembled ahead of their turn: one in the making, and one that is ready. */
const AHEAD = 2;

/** Batches by step, ready when their turn comes if reading them takes no longer than the steps before. */
export interface Batches {
  /** The batch of a step; those of the next ones are begun once it is there. Rejects with what reading it failed with. */
  take(step: number): Promise<NdArrays>;
  /** Waits for what is under way; nothing of it is used any more. */
  settle(): Promise<void>;
}

/** `feed` makes the batch of a step; `end` is the step after the run's last one. */
export const prefetch = (feed: (step: number) => Promise<NdArrays>, end: number): Batches => {
  const begun = new Map<number, Promise<NdArrays>>();
  const begin = (step: number): Promise<NdArrays> => {
    const known = begun.get(step);
    if (known) return known;
    const batch = feed(step);
    // It may fail long before its turn: it is reported then, and must not count as unhandled until that.
    batch.catch(() => undefined);
    begun.set(step, batch);
    return batch;
  };
  return {
    async take(step) {
      const batch = await begin(step);
      begun.delete(step);
      for (let next = step + 1; next <= step + AHEAD && next < end; next++) void begin(next);
      return batch;
    },
    async settle() {
      await Promise.allSettled(begun.values());
      begun.clear();
    },
  };
};
