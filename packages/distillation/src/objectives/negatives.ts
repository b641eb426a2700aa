import { UnderstoryError, type Rng } from '@understory/core';

/** Draws positions of samples of other classes. */
export type DrawNegatives = (label: number, count: number, rng: Rng) => Int32Array;

/**
 * Draws from the samples of all other classes [N], without replacement where there are enough of them. The draw depends
 * on the stream of random numbers alone, never on what was drawn before.
 */
export const negativesOf = (objective: string, labels: Int32Array): DrawNegatives => {
  const sorted = Int32Array.from(labels.keys()).sort((a, b) => labels[a]! - labels[b]! || a - b);
  const from = (label: number): number => {
    const at = sorted.findIndex((p) => labels[p]! >= label);
    return at < 0 ? labels.length : at;
  };
  const ranges = new Map<number, readonly [start: number, size: number]>();
  for (const label of new Set(labels)) {
    const start = from(label);
    ranges.set(label, [start, from(label + 1) - start]);
  }
  if (ranges.size < 2) {
    const why = `${objective}: all ${labels.length} training images are of one class, so there are no negatives.`;
    throw new UnderstoryError('no-negatives', `${why} Choose a method without a memory bank.`);
  }
  const order = Int32Array.from(labels.keys());
  return (label, count, rng) => {
    const [start, own] = ranges.get(label) ?? [labels.length, 0];
    const others = labels.length - own;
    const sampleAt = (i: number): number => sorted[i < start ? i : i + own]!;
    if (count > others) return Int32Array.from({ length: count }, () => sampleAt(rng.integer(0, others - 1)));
    // The first steps of a shuffle; they are undone afterwards, so that the next draw begins from the same order.
    const swaps = new Int32Array(count);
    const swap = (i: number): void => {
      const j = swaps[i]!;
      [order[i], order[j]] = [order[j]!, order[i]!];
    };
    const drawn = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      swaps[i] = rng.integer(i, others - 1);
      swap(i);
      drawn[i] = sampleAt(order[i]!);
    }
    for (let i = count - 1; i >= 0; i--) swap(i);
    return drawn;
  };
};
