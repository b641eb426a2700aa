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
