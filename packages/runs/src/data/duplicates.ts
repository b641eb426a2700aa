import type { Dataset, SplitName } from '@understory/core';
import {
  correlation,
  correlationCells,
  mirroredCells,
  nearPairs,
  type GreyCells,
} from '@understory/datasets';
import type { OnProgress } from '../listeners.ts';
import { onePicture } from './eachPicture.ts';
import type { Scan, ScannedSplit } from './scanPictures.ts';

/** An image of a dataset. */
export interface Place {
  readonly split: SplitName;
  readonly position: number;
  readonly name: string;
  /** Its class, where it has one. */
  readonly className?: string;
}

/** Images of equal pixels. */
export type EqualImages = readonly Place[];

/** Near duplicates between two splits. */
export interface NearDuplicates {
  /** The first one is looked for in the second. */
  readonly splits: readonly [SplitName, SplitName];
  readonly pairs: readonly NearPair[];
  /** Images of the first split that have a near duplicate in the second. */
  readonly images: number;
  /** Pairs of near hashes, upright and with the first image mirrored, and those that were too many to be correlated. */
  readonly candidates: { readonly upright: number; readonly mirrored: number };
  readonly dropped: number;
}

export interface NearPair {
  readonly images: readonly [Place, Place];
  readonly correlation: number;
  /** One is the other's mirror image. */
  readonly mirrored: boolean;
  readonly differ: boolean;
}

/** Correlation from which on two pictures with near hashes are the same one. */
const SAME = 0.9;
/** Pictures whose cells are kept while pairs are correlated, 8 KB each. */
const KEPT = 4096;

/** In which splits near duplicates are looked for. */
const BETWEEN = [
  ['test', 'train'],
  ['validation', 'train'],
  ['test', 'validation'],
] as const satisfies readonly (readonly [SplitName, SplitName])[];

export const placeOf = (dataset: Dataset, split: SplitName, position: number): Place => {
  const { groups } = dataset[split];
  const className = groups && dataset.classes[groups[position] ?? -1];
  return {
    split,
    position,
    name: dataset[split].describe(position),
    ...(className !== undefined && { className }),
  };
};

type At = readonly [split: SplitName, position: number];

/** Groups of images with equal pixels, in the order of their first ones. */
export const equalImages = (dataset: Dataset, { splits }: Pick<Scan, 'splits'>): readonly EqualImages[] => {
  const first = new Map<string, At>();
  const groups = new Map<string, At[]>();
  for (const { split, pixels } of splits)
    pixels.forEach((hash, position) => {
      const before = first.get(hash);
      if (hash === '') return;
      if (!before) first.set(hash, [split, position]);
      else if (groups.has(hash)) groups.get(hash)?.push([split, position]);
      else groups.set(hash, [before, [split, position]]);
    });
  return [...groups.values()].map((group) =>
    group.map(([split, position]) => placeOf(dataset, split, position)),
  );
};

type CellsOf = (split: SplitName, position: number) => Promise<GreyCells | undefined>;

/** Reads pictures' cells once more, those of the last ones from memory; undefined for one that cannot be read any more. */
const cellReader = (dataset: Dataset): CellsOf => {
  const kept = new Map<string, GreyCells>();
  return async (split, position) => {
    const key = `${split} ${position}`;
    const known = kept.get(key);
    if (known) return known;
    try {
      const cells = correlationCells(await onePicture(dataset[split], position));
      const [oldest] = kept.keys();
      if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
      kept.set(key, cells);
      return cells;
    } catch {
      return undefined;
    }
  };
};

/** A pair by its hashes, before it is looked at. */
interface Suspect {
  readonly a: number;
  readonly b: number;
  readonly mirrored: boolean;
}

const suspectsOf = async (
  a: ScannedSplit,
  b: ScannedSplit,
  tell: (done: number) => void,
): Promise<Pick<NearDuplicates, 'candidates' | 'dropped'> & { readonly suspects: readonly Suspect[] }> => {
  const upright = await nearPairs(a.hashes, b.hashes, tell);
  const turned = await nearPairs(a.mirrored, b.hashes, (done) => tell(a.hashes.length + done));
  const suspects = [
    ...upright.candidates.map((one) => ({ a: one.a, b: one.b, mirrored: false })),
    ...turned.candidates.map((one) => ({ a: one.a, b: one.b, mirrored: true })),
  ];
  return {
    suspects: suspects.sort((x, y) => x.a - y.a || x.b - y.b),
    candidates: { upright: upright.candidates.length, mirrored: turned.candidates.length },
    dropped: upright.dropped + turned.dropped,
  };
};

/** Pairs that are one picture in both ways, as symmetric ones are, are told once: upright. */
const toldOnce = (pairs: readonly NearPair[]): NearPair[] => {
  const upright = new Set(pairs.flatMap((pair) => (pair.mirrored ? [] : [keyOf(pair)])));
  return pairs.filter((pair) => !pair.mirrored || !upright.has(keyOf(pair)));
};

const keyOf = ({ images: [a, b] }: NearPair): string => `${a.position} ${b.position}`;

/** Near duplicates of a split's images in another one: by their hashes, confirmed by correlation. */
const nearBetween = async (
  dataset: Dataset,
  [a, b]: readonly [ScannedSplit, ScannedSplit],
  onProgress?: OnProgress,
): Promise<NearDuplicates> => {
  const total = 2 * a.hashes.length;
  const { suspects, candidates, dropped } = await suspectsOf(a, b, (done) =>
    onProgress?.(done, total, `comparing ${a.split} with ${b.split}`),
  );
  const cellsOf = cellReader(dataset);
  const pairs: NearPair[] = [];
  for (const [i, suspect] of suspects.entries()) {
    const [ours, theirs] = [await cellsOf(a.split, suspect.a), await cellsOf(b.split, suspect.b)];
    onProgress?.(i + 1, suspects.length, 'correlating pairs');
    if (!ours || !theirs) continue;
    const score = correlation(suspect.mirrored ? mirroredCells(ours) : ours, theirs);
    if (score < SAME) continue;
    const images = [placeOf(dataset, a.split, suspect.a), placeOf(dataset, b.split, suspect.b)] as const;
    const differ = images[0].className !== images[1].className;
    pairs.push({ images, correlation: score, mirrored: suspect.mirrored, differ });
  }
  const told = toldOnce(pairs);
  const images = new Set(told.map((pair) => pair.images[0].position)).size;
  return { splits: [a.split, b.split], pairs: told, images, candidates, dropped };
};

/** Near duplicates between all splits that have images. */
export const nearDuplicates = async (
  dataset: Dataset,
  { splits }: Pick<Scan, 'splits'>,
  onProgress?: OnProgress,
): Promise<readonly NearDuplicates[]> => {
  const found: NearDuplicates[] = [];
  for (const [first, second] of BETWEEN) {
    const [a, b] = [first, second].map((name) => splits.find(({ split }) => split === name));
    if (a && b && a.pixels.length > 0 && b.pixels.length > 0)
      found.push(await nearBetween(dataset, [a, b], onProgress));
  }
  return found;
};
