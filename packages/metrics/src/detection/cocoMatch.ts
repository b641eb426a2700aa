import { BOX_KINDS } from '@understory/core';
import { IGNORED_BITS } from './classRecords.ts';
import { overlaps } from './overlap.ts';
import { areaOf, isFiniteBox, type ClassBoxes, type FoundBox, type TrueBox } from './imageBoxes.ts';

/** COCO's thresholds of overlap. 0.9 is as numpy's `linspace` gives it, so that a box on the edge falls on the same side. */
export const COCO_IOUS = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95] as const;

/** COCO's ranges of size, in pixels² of the picture as stored; both ends belong to a range. */
export const COCO_SIZES = {
  all: [0, 1e10],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
} as const satisfies Record<string, readonly [number, number]>;
export type CocoSize = keyof typeof COCO_SIZES;

type Range = readonly [from: number, to: number];

const within = (area: number, [from, to]: Range): boolean => area >= from && area <= to;

/** Whether a true box counts neither as found nor as missed among those of a size. */
export const isIgnored = ({ kind, area }: TrueBox, range: Range): boolean =>
  kind !== BOX_KINDS.ordinary || !within(area, range);

/** Pixels² by which a detection that matches nothing counts; NaN of one that is not finite, which counts at each size. */
const sizeOf = (found: FoundBox): number => (isFiniteBox(found) ? areaOf(found.box) : NaN);

/** True boxes in the order in which they are looked through: those that count come first. */
interface Ordered {
  readonly overlap: Float64Array;
  readonly crowd: readonly boolean[];
  readonly ignored: readonly boolean[];
  readonly order: readonly number[];
}

// Plain loops: COCO's validation images ask for ten million of these.

/**
 * The true box that a detection matches: of those that are free, the one that it overlaps most, the last of equals; an
 * ignored one only where no other fits. −1 for none.
 */
const bestMatch = (
  row: number,
  threshold: number,
  { overlap, crowd, ignored, order }: Ordered,
  taken: Uint8Array,
) => {
  let [best, match] = [Math.min(threshold, 1 - 1e-10), -1];
  for (const g of order) {
    if (taken[g] && !crowd[g]) continue;
    if (match >= 0 && !ignored[match] && ignored[g]) break;
    const iou = overlap[row + g]!;
    if (iou < best) continue;
    [best, match] = [iou, g];
  }
  return match;
};

/** Detections that overlap a true box enough for the lowest threshold. */
const reaching = ({ truth, found }: ClassBoxes, overlap: Float64Array): number[] =>
  [...found.keys()].filter((d) => {
    for (let g = 0; g < truth.length; g++) if (overlap[d * truth.length + g]! >= COCO_IOUS[0]) return true;
    return false;
  });

interface Matching {
  readonly boxes: ClassBoxes;
  readonly overlap: Float64Array;
  readonly crowd: readonly boolean[];
  readonly reach: readonly number[];
}

/** Bits of what each detection matches at all thresholds, where these true boxes are ignored. */
const matchAll = ({ boxes, overlap, crowd, reach }: Matching, ignored: readonly boolean[]): Int32Array => {
  const places = [...ignored.keys()];
  const order = [...places.filter((g) => !ignored[g]), ...places.filter((g) => ignored[g])];
  const matched = new Int32Array(boxes.found.length);
  if (reach.length > 0)
    COCO_IOUS.forEach((threshold, t) => {
      const taken = new Uint8Array(places.length);
      for (const d of reach) {
        const match = bestMatch(d * taken.length, threshold, { overlap, crowd, ignored, order }, taken);
        if (match < 0) continue;
        taken[match] = 1;
        matched[d]! |= 1 << (ignored[match] ? t + IGNORED_BITS : t);
      }
    });
  return matched;
};

const ALL = (1 << COCO_IOUS.length) - 1;

/** A detection that matches nothing counts neither way where it is not of the size. */
const withSize = (bits: number, size: number, [from, to]: Range): number => {
  if (!(size < from || size > to)) return bits;
  const matched = (bits | (bits >> IGNORED_BITS)) & ALL;
  return bits | ((~matched & ALL) << IGNORED_BITS);
};

/** Outcomes of an image's detections of a class, [size][detection], as `ClassRecords` keeps them. */
export const cocoOutcomes = (boxes: ClassBoxes): number[][] => {
  const overlap = overlaps(boxes);
  const crowd = boxes.truth.map(({ kind }) => kind === BOX_KINDS.crowd);
  const matching = { boxes, overlap, crowd, reach: reaching(boxes, overlap) };
  const sizes = boxes.found.map(sizeOf);
  const known = new Map<string, Int32Array>(); // most classes of an image have one box or two: sizes ignore the same
  return Object.values(COCO_SIZES).map((range) => {
    const ignored = boxes.truth.map((box) => isIgnored(box, range));
    const matched = known.get(ignored.join()) ?? matchAll(matching, ignored);
    known.set(ignored.join(), matched);
    return sizes.map((size, d) => withSize(matched[d] ?? 0, size, range));
  });
};
