import { holm, type PairedDifference } from '@understory/metrics';

/** How far a row is above the one that it is measured against. */
export interface Gap {
  /** Key of that row: rows of one reference are one family of comparisons. */
  readonly reference: string;
  readonly above: PairedDifference | undefined;
}

/** Which of these are beyond chance among all of their family (Holm). */
export const beyondChance = (gaps: readonly Gap[]): readonly boolean[] => {
  const beyond = gaps.map(() => false);
  for (const reference of new Set(gaps.map((gap) => gap.reference))) {
    const family = [...gaps.entries()].filter(([, gap]) => gap.reference === reference);
    const rejected = holm(family.map(([, { above }]) => above?.p ?? NaN));
    for (const [n, [i]] of family.entries()) beyond[i] = rejected[n] ?? false;
  }
  return beyond;
};
