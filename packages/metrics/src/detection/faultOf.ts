import { BOX_KINDS } from '@understory/core';
import { boxIou } from './overlap.ts';
import type { FoundBox, TrueBox } from './imageBoxes.ts';

/**
 * What is wrong with a found box, as TIDE tells it: its place (right class, overlap between the two limits), its class (it
 * would be right as another), `both` (another class, between the limits), a `duplicate` of a box that was found already, or
 * `background`: it is near nothing.
 */
export type FoundFault = 'localisation' | 'confusion' | 'both' | 'duplicate' | 'background';

interface Nearest {
  readonly index: number;
  readonly overlap: number;
}

/** Of the true boxes that pass a test, the one with the largest overlap; the first of equals. */
const nearest = (
  { box }: FoundBox,
  truth: readonly TrueBox[],
  passes: (truth: TrueBox, index: number) => boolean,
): Nearest => {
  let best: Nearest = { index: -1, overlap: 0 };
  truth.forEach((one, index) => {
    if (!passes(one, index)) return;
    const overlap = boxIou(box, one.box);
    if (overlap > best.overlap) best = { index, overlap };
  });
  return best;
};

const isOrdinary = ({ kind }: TrueBox): boolean => kind === BOX_KINDS.ordinary;

/** The fault of a detection that was matched with nothing, and the true box that it goes with. The order is TIDE's. */
export const faultOf = (
  found: FoundBox,
  truth: readonly TrueBox[],
  matched: ReadonlySet<number>,
  { iou, background }: { readonly iou: number; readonly background: number },
): { readonly fate: FoundFault; readonly other: number } => {
  const own = nearest(found, truth, (one) => isOrdinary(one) && one.class === found.class);
  if (own.overlap >= background && own.overlap < iou) return { fate: 'localisation', other: own.index };
  const another = nearest(found, truth, (one) => isOrdinary(one) && one.class !== found.class);
  if (another.overlap >= iou) return { fate: 'confusion', other: another.index };
  const used = nearest(found, truth, (one, i) => one.class === found.class && matched.has(i));
  if (used.overlap >= iou) return { fate: 'duplicate', other: used.index };
  const [near] = [own, another].toSorted((a, b) => b.overlap - a.overlap);
  if (!near || near.overlap < background) return { fate: 'background', other: -1 };
  return { fate: 'both', other: near.index };
};
