import type { Seed, SplitName } from '@understory/core';
import { pathOf, type ImageRef } from '../image/imageSamples.ts';
import { heldByHash, holdOut } from '../splits/splits.ts';
import { takenOrigin } from '../splits/limits.ts';
import type { ItemSplit } from './listItems.ts';
import type { ParsedImagesOptions } from './options.ts';

/** An image with the split that its folder, or a list, says. */
export interface SplitItem extends ImageRef {
  readonly split: ItemSplit;
}

/** Positions of each split among the items. */
export type Positions = Readonly<Record<SplitName, Int32Array>>;

export interface Divided {
  readonly positions: Positions;
  /** Where splits come from that no folder makes. */
  readonly origins: Readonly<Partial<Record<SplitName, string>>>;
}

/** Share that is tested on where a source has class folders alone. */
const TEST_SHARE = 0.2;
interface Taken {
  readonly kept: readonly number[];
  readonly held: readonly number[];
  readonly origin: string;
}

/** Samples as far as their splits go. */
export interface SplitRows {
  readonly length: number;
  /** The split that the source says. */
  splitAt(i: number): ItemSplit;
  /** A name that stays: by it a sample is held out for testing. */
  keyAt(i: number): string;
}

const takeTest = (rows: SplitRows, labels: Int32Array, train: readonly number[], share: number): Taken => {
  const keys = train.map((i) => rows.keyAt(i));
  const of = Int32Array.from(train, (i) => labels[i]!);
  const held = heldByHash(keys, of, share);
  const test = train.filter((_, at) => held.has(at));
  return {
    kept: train.filter((_, at) => !held.has(at)),
    held: test,
    origin: takenOrigin(share, test.length, 'testShare'),
  };
};

const takeValidation = (labels: Int32Array, train: readonly number[], share: number, seed: Seed): Taken => {
  const of = Int32Array.from(train, (i) => labels[i]!);
  const { kept, held } = holdOut(of, share, seed.at('validation').rng());
  const origins = (positions: Int32Array): number[] => Array.from(positions, (p) => train[p]!);
  return { kept: origins(kept), held: origins(held), origin: takenOrigin(share, held.length, 'validation') };
};

const positionsIn = (rows: SplitRows, splits: readonly ItemSplit[]): number[] => {
  const found: number[] = [];
  for (let i = 0; i < rows.length; i++) if (splits.includes(rows.splitAt(i))) found.push(i);
  return found;
};

/** The splits that a source makes, and those that are missing taken from the training samples. */
export const splitRows = (
  rows: SplitRows,
  labels: Int32Array,
  options: Pick<ParsedImagesOptions, 'testShare' | 'validation'>,
  seed: Seed,
): Divided => {
  const of = (...splits: readonly ItemSplit[]): number[] => positionsIn(rows, splits);
  let train: readonly number[] = of('all', 'train');
  let validation: readonly number[] = of('validation');
  let test: readonly number[] = of('test');
  const origins: Partial<Record<SplitName, string>> = {};
  if (test.length === 0) {
    // A source that has its own validation images is divided already, as ImageNet is: nothing is taken unasked.
    const share = options.testShare ?? (validation.length > 0 ? 0 : TEST_SHARE);
    const taken = takeTest(rows, labels, train, share);
    [train, test, origins.test] = [taken.kept, taken.held, taken.origin];
  }
  if (validation.length === 0) {
    const taken = takeValidation(labels, train, options.validation, seed);
    [train, validation, origins.validation] = [taken.kept, taken.held, taken.origin];
  }
  const positions = {
    train: Int32Array.from(train),
    validation: Int32Array.from(validation),
    test: Int32Array.from(test),
  };
  return { positions, origins };
};

/** The splits that the folders make, and those that are missing taken from the training images. */
export const splitItems = (
  items: readonly SplitItem[],
  labels: Int32Array,
  options: Pick<ParsedImagesOptions, 'testShare' | 'validation'>,
  seed: Seed,
): Divided => {
  const rows = {
    length: items.length,
    splitAt: (i: number) => items[i]!.split,
    keyAt: (i: number) => pathOf(items[i]!),
  };
  return splitRows(rows, labels, options, seed);
};
