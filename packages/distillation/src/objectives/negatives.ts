import { UnderstoryError, type Rng } from '@understory/core';

/** Draws positions of so many samples of other classes, into an array where one is given. */
export type DrawNegatives = (label: number, count: number, rng: Rng, into?: Int32Array) => Int32Array;

/**
 * Draws from the samples of all other classes [N], without replacement where there are enough of them. The draw depends
 * on the stream of random numbers alone, never on what was drawn before.
 */
export const negativesOf = (objective: string, labels: Int32Array): DrawNegatives => {
  const sorted = Int32Array.from(labels.keys()).sort((a, b) => labels[a]! - labels[b]! || a - b);
  const ranges = new Map<number, readonly [start: number, size: number]>();
  for (const [i, p] of sorted.entries()) {
    const [start, size] = ranges.get(labels[p]!) ?? [i, 0];
    ranges.set(labels[p]!, [start, size + 1]);
  }
  if (ranges.size < 2) {
    const why = `${objective}: all ${labels.length} training images are of one class, so there are no negatives.`;
    throw new UnderstoryError('no-negatives', `${why} Choose a method without a memory bank.`);
  }
  const pool = new Int32Array(labels.length);
  return (label, count, rng, drawn = new Int32Array(count)) => {
    const [start, own] = ranges.get(label) ?? [labels.length, 0];
    const others = labels.length - own;
    pool.set(sorted.subarray(0, start));
    pool.set(sorted.subarray(start + own), start);
    const again = count > others;
    for (let i = 0; i < count; i++) {
      const j = rng.integer(again ? 0 : i, others - 1);
      drawn[i] = pool[j]!;
      if (!again) pool[j] = pool[i]!; // the first steps of a shuffle, in which nobody looks at entry i again
    }
    return drawn;
  };
};
