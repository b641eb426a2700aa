/** Whether samples lie in the order of their classes. */
export interface LabelOrder {
  /** Share of neighbours of one class. */
  readonly equal: number;
  /** The same for the same labels in an order by chance. */
  readonly expected: number;
  /** Whether whoever takes the first of these samples gets few classes. */
  readonly isSorted: boolean;
}

/** How much nearer to 1 than to chance the share is from which on labels count as sorted. */
const SORTED = 0.5;

/** Order of labels, each 0…; undefined for fewer than two samples. */
export const labelOrder = (labels: ArrayLike<number>): LabelOrder | undefined => {
  const n = labels.length;
  if (n < 2) return undefined;
  const counts = new Map<number, number>();
  let neighbours = 0;
  for (let i = 0; i < n; i++) {
    counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
    if (i > 0 && labels[i] === labels[i - 1]) neighbours++;
  }
  const equal = neighbours / (n - 1);
  const expected = [...counts.values()].reduce((sum, c) => sum + c * (c - 1), 0) / (n * (n - 1));
  return { equal, expected, isSorted: expected < 1 && (equal - expected) / (1 - expected) > SORTED };
};
