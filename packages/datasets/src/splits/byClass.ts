/** Positions of each class, in order. Classes that have none give an empty list. */
export const byClass = (labels: ArrayLike<number>): number[][] => {
  const groups: number[][] = [];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    while (groups.length <= label) groups.push([]);
    groups[label]!.push(i);
  }
  return groups;
};

/** Ascending, as a typed array. */
export const inOrder = (positions: readonly number[]): Int32Array => Int32Array.from(positions).sort();
