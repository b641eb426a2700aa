import { BOX_KINDS } from '@understory/core';
import { overlapWith } from './overlap.ts';
import type { FoundBox, TrueBox } from './imageBoxes.ts';

/** A found box by its position in its image, in order of rank. */
export interface Candidate {
  readonly index: number;
  readonly found: FoundBox;
}

/** Positions of the true boxes that found ones were matched with, by position of the found box. */
export type Matches = ReadonlyMap<number, number>;

/** The free true box of the same class that a detection overlaps most, the last of equals; ordinary ones before others. */
const bestOf = (found: FoundBox, truth: readonly TrueBox[], iou: number, taken: ReadonlySet<number>) => {
  const fits = truth.map((t, index) => ({ index, t, overlap: overlapWith(found.box, t) }));
  const free = fits.filter(
    ({ index, t, overlap }) =>
      t.class === found.class && overlap >= iou && (t.kind === BOX_KINDS.crowd || !taken.has(index)),
  );
  const ordinary = free.filter(({ t }) => t.kind === BOX_KINDS.ordinary);
  const among = ordinary.length > 0 ? ordinary : free;
  const [first] = among;
  return first && among.reduce((best, one) => (one.overlap >= best.overlap ? one : best), first).index;
};

/** Matches detections with true boxes of their class, the likeliest first, as COCO does at one threshold. */
export const matchByClass = (
  ranked: readonly Candidate[],
  truth: readonly TrueBox[],
  iou: number,
): Matches => {
  const matches = new Map<number, number>();
  const taken = new Set<number>();
  for (const { index, found } of ranked) {
    const match = bestOf(found, truth, iou, taken);
    if (match === undefined) continue;
    matches.set(index, match);
    taken.add(match);
  }
  return matches;
};
