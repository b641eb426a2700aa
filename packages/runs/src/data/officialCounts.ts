import type { SplitName } from '@understory/core';
import type { OfficialDataset } from '@understory/datasets';
import type { SplitCounts } from './countData.ts';

/** A number of images or classes beside the official one. */
export interface OfficialCount {
  /** `classes`, or the splits that are compared. */
  readonly what: string;
  readonly official: number;
  readonly found: number;
  /** Why they are compared so, where that is not plain. */
  readonly note?: string;
}

/** How a dataset compares with what its authors say of it. */
export interface OfficialComparison {
  readonly title: string;
  readonly page: string;
  readonly counts: readonly OfficialCount[];
  readonly equal: boolean;
  /** Classes with another number of images than all have officially, the first of them. */
  readonly classes: readonly OfficialCount[];
  readonly note?: string;
}

type Found = Readonly<Record<SplitName, SplitCounts>>;

const DIVIDED = 'divided otherwise than officially';
const TAKEN = 'validation is taken from train';

/**
 * Splits beside each other: each by itself where they are divided as they are officially; else what is trained on and chosen by
 * together. Validation images without official test images may be what is tested on.
 */
const splitCounts = ({ images }: OfficialDataset, found: Found): OfficialCount[] => {
  const { train = 0, validation = 0, test = 0 } = images;
  const [ours, chosen, tested] = [found.train.images, found.validation.images, found.test.images];
  const rows: OfficialCount[] = [];
  const isTested = test === 0 && tested > 0 && validation > 0 && tested === validation;
  if (isTested)
    rows.push({
      what: 'validation',
      official: validation,
      found: tested,
      note: 'they are its test images here',
    });
  const rest = isTested ? 0 : validation;
  if (chosen === rest || (rest > 0 && ours + chosen !== train + rest)) {
    rows.unshift({ what: 'train', official: train, found: ours });
    if (rest > 0 || chosen > 0) rows.splice(1, 0, { what: 'validation', official: rest, found: chosen });
  } else
    rows.unshift({
      what: 'train and validation',
      official: train + rest,
      found: ours + chosen,
      note: rest > 0 ? DIVIDED : TAKEN,
    });
  if (!isTested && (test > 0 || tested > 0)) rows.push({ what: 'test', official: test, found: tested });
  return rows;
};

const summed = (
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): readonly number[] | undefined => a?.map((count, c) => count + (b?.[c] ?? 0));

/** Most classes that are told. */
const TOLD = 5;

const perClass = (
  { perClass: each, classes: [usual] }: OfficialDataset,
  found: Found,
  names: readonly string[],
): OfficialCount[] => {
  if (!each || names.length !== usual) return [];
  const [trained, tested] = [(each.train ?? 0) + (each.validation ?? 0), each.test ?? 0];
  const [ours, others] = [summed(found.train.byClass, found.validation.byClass), found.test.byClass];
  const rows = names.flatMap((name, c): OfficialCount[] => [
    ...(ours ? [{ what: `${name}, train and validation`, official: trained, found: ours[c] ?? 0 }] : []),
    ...(others && tested > 0 ? [{ what: `${name}, test`, official: tested, found: others[c] ?? 0 }] : []),
  ]);
  return rows.filter(({ official, found: count }) => official !== count).slice(0, TOLD);
};

/** Compares a dataset's counts with the official ones. */
export const compareOfficial = (
  official: OfficialDataset,
  splits: readonly SplitCounts[],
  classes: readonly string[],
): OfficialComparison => {
  const of = (split: SplitName): SplitCounts =>
    splits.find((one) => one.split === split) ?? { split, images: 0 };
  const found = { train: of('train'), validation: of('validation'), test: of('test') };
  const usual = official.classes.includes(classes.length) ? classes.length : (official.classes[0] ?? 0);
  const counts = [
    { what: 'classes', official: usual, found: classes.length },
    ...splitCounts(official, found),
  ];
  const { title, page, note } = official;
  const odd = perClass(official, found, classes);
  return {
    ...{ title, page, counts, classes: odd, ...(note !== undefined && { note }) },
    equal: odd.length === 0 && counts.every((one) => one.official === one.found),
  };
};
