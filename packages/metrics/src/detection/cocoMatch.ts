import { BOX_KINDS } from '@understory/core';
import { IGNORED_BITS } from './classRecords.ts';
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

/** Whether a detection that matches nothing counts among those of a size; one that is not finite counts in each. */
const countsWrong = (found: FoundBox, range: Range): boolean =>
  !isFiniteBox(found) || within(areaOf(found.box), range);

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

/** Sets the bits of one threshold in all detections' outcomes. */
const matchAt = (t: number, truths: Ordered, reach: readonly boolean[], outcome: number[]): void => {
  const taken = new Uint8Array(truths.order.length);
  for (let d = 0; d < outcome.length; d++) {
    if (!reach[d]) continue;
    const match = bestMatch(d * taken.length, COCO_IOUS[t]!, truths, taken);
    if (match < 0) continue;
    taken[match] = 1;
    outcome[d]! |= 1 << (truths.ignored[match] ? t + IGNORED_BITS : t);
  }
};

const ALL = (1 << COCO_IOUS.length) - 1;

/** Outcomes of an image's detections of a class among boxes of a size, as `ClassRecords` keeps them. */
export const cocoOutcomes = ({ truth, found }: ClassBoxes, overlap: Float64Array, range: Range): number[] => {
  const ignored = truth.map((box) => isIgnored(box, range));
  const places = [...truth.keys()];
  const order = [...places.filter((g) => !ignored[g]), ...places.filter((g) => ignored[g])];
  const crowd = truth.map(({ kind }) => kind === BOX_KINDS.crowd);
  const outcome = found.map(() => 0);
  const reach = found.map((_, d) => places.some((g) => overlap[d * truth.length + g]! >= COCO_IOUS[0]));
  if (reach.includes(true))
    COCO_IOUS.forEach((_, t) => matchAt(t, { overlap, crowd, ignored, order }, reach, outcome));
  return outcome.map((bits, d) => {
    if (countsWrong(found[d]!, range)) return bits;
    const matched = (bits | (bits >> IGNORED_BITS)) & ALL;
    return bits | ((~matched & ALL) << IGNORED_BITS);
  });
};
