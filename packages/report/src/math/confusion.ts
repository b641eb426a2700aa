import type { Outcomes } from './outcomes.ts';

/** Counts by true class (row) and named class (column): [C · C], row-major. */
export const confusionMatrix = ({ labels, predicted }: Outcomes, classes: number): Int32Array => {
  const counts = new Int32Array(classes * classes);
  labels.forEach((label, i) => (counts[label * classes + predicted[i]!]! += 1));
  return counts;
};

export interface Confusion {
  readonly truth: number;
  readonly named: number;
  readonly count: number;
  /** Images of the true class. */
  readonly of: number;
}

/** Pairs of classes that were taken for each other most often, by count. */
export const commonConfusions = (matrix: Int32Array, classes: number, count: number): Confusion[] => {
  const totals = Array.from({ length: classes }, (_, truth) =>
    matrix.subarray(truth * classes, (truth + 1) * classes).reduce((a, b) => a + b, 0),
  );
  const pairs = Array.from(matrix, (n, at): Confusion => {
    const truth = Math.floor(at / classes);
    return { truth, named: at % classes, count: n, of: totals[truth]! };
  });
  return pairs
    .filter((p) => p.truth !== p.named && p.count > 0)
    .sort((a, b) => b.count - a.count || b.count / b.of - a.count / a.of)
    .slice(0, count);
};
