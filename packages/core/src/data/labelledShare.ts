import { permutation, type Seed } from '../random.ts';

/** Positions of each class's samples, in order. A class that has none gives an empty list. */
export const positionsByClass = (labels: ArrayLike<number>): number[][] => {
  const classes: number[][] = [];
  for (let position = 0; position < labels.length; position++) {
    const label = labels[position]!;
    while (classes.length <= label) classes.push([]);
    classes[label]!.push(position);
  }
  return classes;
};

/**
 * Positions of a class-balanced share of samples, drawn by seed: the same number from every class, rounded to the
 * nearest, at least one. A larger share drawn by the same seed contains the smaller one.
 */
export const labelledShare = (labels: Int32Array, share: number, seed: Seed): Int32Array => {
  const chosen = positionsByClass(labels).flatMap((positions, label) => {
    if (positions.length === 0) return [];
    const order = permutation(positions.length, seed.at(label).rng());
    const count = Math.max(1, Math.round(positions.length * share));
    return [...order.slice(0, count)].map((i) => positions[i]!);
  });
  return Int32Array.from(chosen).sort();
};
