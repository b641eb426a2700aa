import { permutation, type Seed } from '../random.ts';

/** Samples of each class; as many classes as the highest label needs. */
const classCounts = (labels: ArrayLike<number>): number[] => {
  const counts: number[] = [];
  for (let position = 0; position < labels.length; position++) {
    const label = labels[position]!;
    while (counts.length <= label) counts.push(0);
    counts[label]! += 1;
  }
  return counts;
};

/**
 * Positions of each class's samples, in order. A class that has none gives an empty list. Typed arrays: of ten million
 * samples they take 40 MB.
 */
export const positionsByClass = (labels: ArrayLike<number>): Int32Array[] => {
  const classes = classCounts(labels).map((count) => new Int32Array(count));
  const filled = new Int32Array(classes.length);
  for (let position = 0; position < labels.length; position++) {
    const label = labels[position]!;
    classes[label]![filled[label]!++] = position;
  }
  return classes;
};

/** Lists of positions as one, ascending. */
export const sortedPositions = (parts: readonly Int32Array[]): Int32Array => {
  const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const part of parts) {
    all.set(part, from);
    from += part.length;
  }
  return all.sort();
};

/**
 * Positions of a class-balanced share of samples, drawn by seed: the same number from every class, rounded to the
 * nearest, at least one. A larger share drawn by the same seed contains the smaller one.
 */
export const labelledShare = (labels: Int32Array, share: number, seed: Seed): Int32Array => {
  const chosen = positionsByClass(labels).map((positions, label) => {
    if (positions.length === 0) return positions;
    const order = permutation(positions.length, seed.at(label).rng());
    const count = Math.max(1, Math.round(positions.length * share));
    return order.subarray(0, count).map((i) => positions[i]!);
  });
  return sortedPositions(chosen);
};
