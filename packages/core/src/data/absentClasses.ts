import type { AbsentClasses, Dataset, SplitName } from '../contracts/dataset.ts';
import { counted } from '../shown.ts';
import { SPLITS } from './fingerprint.ts';

/** Names that are told. */
const TOLD = 5;

/** The classes, by number, that a split has none of. */
export const absentClasses = (
  split: SplitName,
  absent: readonly number[],
  classes: readonly string[],
): AbsentClasses => ({
  split,
  count: absent.length,
  names: absent.slice(0, TOLD).map((c) => classes[c] ?? String(c)),
});

const absentOf = (groups: Int32Array, classes: number): number[] => {
  const isThere = new Uint8Array(classes);
  for (const c of groups) isThere[c] = 1;
  return [...isThere.keys()].filter((c) => isThere[c] === 0);
};

/** Of each split whose images have one class each, the classes that it has none of; nothing of splits that have all. */
export const absentInSplits = (dataset: Dataset): AbsentClasses[] =>
  SPLITS.flatMap((split) => {
    const { groups } = dataset[split];
    if (!groups || groups.length === 0) return [];
    const absent = absentOf(groups, dataset.classes.length);
    return absent.length > 0 ? [absentClasses(split, absent, dataset.classes)] : [];
  });

/** `validation has none of 2 classes: cat, dog`. */
export const absentText = ({ split, count, names }: AbsentClasses): string =>
  `${split} has none of ${counted(count, 'class', 'classes')}: ${names.join(', ')}${count > names.length ? ', …' : ''}`;
