import { BOX_KINDS } from '@understory/core';
import { IGNORED_BITS } from './classRecords.ts';
import { boxIou } from './overlap.ts';
import type { BoxEdges, ClassBoxes } from './imageBoxes.ts';

export interface VocMatching {
  /** Overlap from which on a box is found. */
  readonly iou: number;
  /** As code for inclusive pixel coordinates computes it: sides are one longer, and the overlap must be more than `iou`. */
  readonly legacy: boolean;
}

const grown = ([top, left, bottom, right]: BoxEdges): BoxEdges => [top, left, bottom + 1, right + 1];

/** The true box that a found one overlaps most, the first of equals. */
const nearest = (found: BoxEdges, truth: readonly BoxEdges[]): { index: number; overlap: number } => {
  let [index, overlap] = [-1, 0];
  truth.forEach((box, g) => {
    const iou = boxIou(found, box);
    if (iou > overlap) [index, overlap] = [g, iou];
  });
  return { index, overlap };
};

const RIGHT = 1;
const IGNORED = 1 << IGNORED_BITS;

/**
 * Outcomes of an image's detections of a class, as `ClassRecords` keeps them: each is held against the box that it overlaps
 * most, found already or not. The first to find it is right, later ones are wrong; a box that is not ordinary does not count.
 */
export const vocOutcomes = ({ truth, found }: ClassBoxes, { iou, legacy }: VocMatching): number[] => {
  const edges = (box: BoxEdges): BoxEdges => (legacy ? grown(box) : box);
  const boxes = truth.map(({ box }) => edges(box));
  const taken = new Set<number>();
  return found.map(({ box }) => {
    const { index, overlap } = nearest(edges(box), boxes);
    if (index < 0 || (legacy ? overlap <= iou : overlap < iou)) return 0;
    if (truth[index]?.kind !== BOX_KINDS.ordinary) return IGNORED;
    if (taken.has(index)) return 0;
    taken.add(index);
    return RIGHT;
  });
};
