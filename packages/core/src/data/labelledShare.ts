import { permutation, type Seed } from '../random.ts';

/**
 * Positions of a class-balanced share of samples, drawn by seed: the same number from every class, rounded to the
 * nearest, at least one. A larger share drawn by the same seed contains the smaller one.
 */
export const labelledShare = (labels: Int32Array, share: number, seed: Seed): Int32Array => {
  const byClass = new Map<number, number[]>();
  labels.forEach((label, position) => {
    const positions = byClass.get(label);
    if (positions) positions.push(position);
    else byClass.set(label, [position]);
  });
  const chosen = [...byClass].flatMap(([label, positions]) => {
    const order = permutation(positions.length, seed.at(label).rng());
    const count = Math.max(1, Math.round(positions.length * share));
    return [...order.slice(0, count)].map((i) => positions[i]!);
  });
  return Int32Array.from(chosen).sort();
};
