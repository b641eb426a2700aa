import { BOX_KINDS, UnderstoryError } from '@understory/core';
import { COCO_SIZES, type CocoSize } from './cocoMatch.ts';
import { areaOf, checkBoxes, compare, measurable, type ImageBoxes } from './imageBoxes.ts';
import { faultOf, type FoundFault } from './faultOf.ts';
import { matchByClass, type Candidate, type Matches } from './matchByClass.ts';

/** What became of a found box: right, neither (it lies on a box that does not count), or what is wrong with it. */
export type FoundFate = 'right' | 'ignored' | FoundFault;

/** What became of a true box: `mistaken` where a detection has its place or its class alone right, `missed` where none has. */
export type TruthFate = 'found' | 'mistaken' | 'missed' | 'ignored';

export interface FateOf<F extends string> {
  readonly fate: F;
  /** Position, in its image, of the box on the other side that it goes with; −1 for none. */
  readonly other: number;
}

/** Fates of an image's boxes, in the order in which they were given. */
export interface ImageFates {
  readonly found: readonly FateOf<FoundFate>[];
  readonly truth: readonly FateOf<TruthFate>[];
}

/** How many boxes have each fate: found ones by what is wrong with them, true ones that were missed. */
export type ErrorCounts = Readonly<Record<FoundFate | 'missed' | 'mistaken', number>>;

export interface DetectionErrors {
  readonly counts: ErrorCounts;
  readonly byClass: readonly ErrorCounts[];
  /** By size of the box itself: a true one's `area`, a found one's sides. */
  readonly bySize: Readonly<Record<Exclude<CocoSize, 'all'>, ErrorCounts>>;
  readonly images: readonly ImageFates[];
}

export interface ErrorOptions {
  /** Overlap from which on a box is found; 0.5. */
  readonly iou?: number;
  /** Overlap from which on a box is meant, though not found; 0.1. */
  readonly background?: number;
  /** Detections below this probability are not looked at, and have the fate `ignored`; all by default. */
  readonly least?: number;
}

type Limits = Required<ErrorOptions>;

const NONE = -1;

const rankedOf = ({ found }: ImageBoxes, least: number): Candidate[] =>
  found
    .map((box, index) => ({ found: measurable(box), index }))
    .filter((one) => one.found.probability >= least)
    .toSorted(({ found: a }, { found: b }) => compare(b.probability, a.probability));

const isOrdinary = ({ kind }: { readonly kind: number }): boolean => kind === BOX_KINDS.ordinary;

/** Fates of the found boxes, by position. */
const foundFates = (image: ImageBoxes, ranked: readonly Candidate[], matches: Matches, limits: Limits) => {
  const matched = new Set(matches.values());
  const fates: FateOf<FoundFate>[] = image.found.map(() => ({ fate: 'ignored', other: NONE }));
  for (const { found, index } of ranked) {
    const match = matches.get(index);
    const truth = match === undefined ? undefined : image.truth[match];
    if (match === undefined || !truth) fates[index] = faultOf(found, image.truth, matched, limits);
    else fates[index] = { fate: isOrdinary(truth) ? 'right' : 'ignored', other: match };
  }
  return fates;
};

/** Faults that still tell of a true box: mending the detection would find it. */
const MEANT: readonly FoundFate[] = ['localisation', 'confusion'];

const truthFates = (image: ImageBoxes, found: readonly FateOf<FoundFate>[]): FateOf<TruthFate>[] =>
  image.truth.map((box, g) => {
    if (!isOrdinary(box)) return { fate: 'ignored', other: NONE };
    const right = found.findIndex(({ fate, other }) => fate === 'right' && other === g);
    if (right >= 0) return { fate: 'found', other: right };
    const meant = found.findIndex(({ fate, other }) => MEANT.includes(fate) && other === g);
    return { fate: meant >= 0 ? 'mistaken' : 'missed', other: meant };
  });

const fatesOf = (image: ImageBoxes, limits: Limits): ImageFates => {
  const ranked = rankedOf(image, limits.least);
  const found = foundFates(image, ranked, matchByClass(ranked, image.truth, limits.iou), limits);
  return { found, truth: truthFates(image, found) };
};

interface Told {
  readonly class: number;
  readonly area: number;
  readonly fate: FoundFate | TruthFate;
}

const NO_ERRORS: ErrorCounts = {
  right: 0,
  localisation: 0,
  confusion: 0,
  both: 0,
  duplicate: 0,
  background: 0,
  ignored: 0,
  missed: 0,
  mistaken: 0,
};

/** All boxes' fates; of true ones those that a found one does not tell of already. */
const toldOf = ({ truth, found }: ImageBoxes, fates: ImageFates): Told[] => [
  ...found.map((box, i) => ({
    class: box.class,
    area: areaOf(box.box),
    fate: fates.found[i]?.fate ?? 'ignored',
  })),
  ...truth
    .map((box, i) => ({ class: box.class, area: box.area, fate: fates.truth[i]?.fate ?? 'ignored' }))
    .filter(({ fate }) => fate === 'missed' || fate === 'mistaken'),
];

const counted = (told: readonly Told[]): ErrorCounts => {
  const counts = { ...NO_ERRORS };
  for (const { fate } of told) if (fate !== 'found') counts[fate] += 1;
  return counts;
};

const ofSize = (told: readonly Told[], size: CocoSize): Told[] => {
  const [from, to] = COCO_SIZES[size];
  return told.filter(({ area }) => area >= from && (area < to || size === 'large'));
};

const checkLimits = ({ iou, background }: Limits): void => {
  if (!(background > 0 && background < iou && iou <= 1))
    throw new UnderstoryError(
      'bad-option',
      `"background" ${background} and "iou" ${iou} are no two overlaps; expected 0 < background < iou ≤ 1.`,
    );
};

/**
 * What is wrong with detections, after TIDE (Bolya et al. 2020): each false alarm has one fault, and each true box that no
 * detection comes near is missed. Counts boxes, where TIDE says how much average precision each kind of error costs. Throws
 * `bad-label` as `cocoEvaluation` does, `bad-option` unless 0 < background < iou ≤ 1.
 */
export const detectionErrors = (
  images: readonly ImageBoxes[],
  classes: number,
  { iou = 0.5, background = 0.1, least = -Infinity }: ErrorOptions = {},
): DetectionErrors => {
  const limits = { iou, background, least };
  checkLimits(limits);
  images.forEach((image, i) => checkBoxes(image, i, classes));
  const fates = images.map((image) => fatesOf(image, limits));
  const told = images.flatMap((image, i) => toldOf(image, fates[i] ?? { found: [], truth: [] }));
  const byClass = Array.from({ length: classes }, (): Told[] => []);
  for (const one of told) byClass[one.class]?.push(one);
  return {
    counts: counted(told),
    byClass: byClass.map(counted),
    bySize: {
      small: counted(ofSize(told, 'small')),
      medium: counted(ofSize(told, 'medium')),
      large: counted(ofSize(told, 'large')),
    },
    images: fates,
  };
};
