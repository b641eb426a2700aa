import { BOX_KINDS } from '@understory/core';
import { areaOf, type BoxEdges, type ImageBoxes, type TrueBox } from './imageBoxes.ts';

/** Pixels² that two boxes share; 0 where one is not finite. */
const shared = (a: BoxEdges, b: BoxEdges): number => {
  const height = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const width = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return height > 0 && width > 0 ? height * width : 0; // comparisons with NaN are false
};

const isCrowd = ({ kind }: TrueBox): boolean => kind === BOX_KINDS.crowd;

/** Intersection over union of two boxes in pixels of the picture, 0 to 1; 0 where either has no area or is not finite. */
export const boxIou = (a: BoxEdges, b: BoxEdges): number => {
  const both = shared(a, b);
  return both > 0 ? both / (areaOf(a) + areaOf(b) - both) || 0 : 0;
};

/** Overlap of a found box with a true one: intersection over union, or over the found box alone where the truth is a crowd (COCO). */
export const overlapWith = (found: BoxEdges, truth: TrueBox): number =>
  isCrowd(truth) ? shared(found, truth.box) / areaOf(found) || 0 : boxIou(found, truth.box);

/** Overlaps [found, truth], row-major. */
export const overlaps = ({ found, truth }: ImageBoxes): Float64Array => {
  const all = new Float64Array(found.length * truth.length);
  found.forEach(({ box }, d) => truth.forEach((t, g) => (all[d * truth.length + g] = overlapWith(box, t))));
  return all;
};
