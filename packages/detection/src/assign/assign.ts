import {
  add,
  argMax,
  cast,
  equal,
  expandDims,
  fill,
  greater,
  greaterEqual,
  less,
  logicalAnd,
  max,
  maximum,
  mul,
  range,
  reshape,
  sub,
  where,
  zerosLike,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { UnderstoryError, untracked } from '@understory/core';

/** An anchor that shows background. */
export const NEGATIVE = -1;

/** An anchor that nothing is asked of. */
export const IGNORED = -2;

export interface AssignOptions {
  /** From this intersection over union on an anchor shows the box that it overlaps most. */
  readonly positive: number;
  /** Below this an anchor shows background; between the two it is ignored. */
  readonly negative: number;
  /**
   * What becomes of the anchors that overlap a box as much as no other does, however little that is. `each-box`: they show
   * that box (of several, the last), as in mmdetection; `own-best`: they show the box that they overlap most, as in
   * torchvision. Nothing if absent.
   */
  readonly lowQuality?: 'each-box' | 'own-best';
  /** The least such overlap: a box that no anchor overlaps as much is left without. 0 if absent. */
  readonly least?: number;
}

/** What anchors have found among some of the boxes; each [B, A]. */
export interface Found {
  /** The largest overlap; −1 where there is no box. */
  readonly most: Tensor;
  /** The place of the first box of that overlap, int32. */
  readonly nearest: Tensor;
  /** The place of the last box that no anchor overlaps more, int32, or −1. */
  readonly favoured: Tensor;
}

/** 0 for overlaps of NaN. */
const soundOverlaps = (iou: Tensor): Tensor => where(greater(iou, 0), iou, zerosLike(iou));

/** Overlaps [B, M, A] with −1 in rows that are no boxes. */
const ofReal = (iou: Tensor, real: Tensor): Tensor => {
  const row = expandDims(cast(real, 'float32'), 2); // [B, M, 1]
  return sub(mul(iou, row), sub(1, row));
};

/** Where an anchor overlaps a box as much as any does, exactly as computed: [B, M, A]. An overlap of 0 is none. */
const bestOfBox = (overlaps: Tensor, least: number): Tensor => {
  const best = max(overlaps, 2, true); // [B, M, 1]
  const enough = logicalAnd(greater(best, 0), greaterEqual(best, least));
  return logicalAnd(equal(overlaps, best), enough);
};

/** Whole numbers again, which tfjs makes float32 where it adds plain numbers. */
const whole = (x: Tensor): Tensor => cast(x, 'int32');

/** What is found among boxes of `iou` [B, M, A], none of NaN, and `real` [B, M], of which the first is in place `first`. */
export const findBoxes = (iou: Tensor, real: Tensor, first: number, least = 0): Found => {
  const overlaps = ofReal(iou, real);
  const count = overlaps.shape[1]!;
  const number = reshape(range(first + 1, first + count + 1, 1, 'int32'), [1, count, 1]);
  return {
    most: max(overlaps, 1),
    nearest: whole(add(argMax(overlaps, 1), first)),
    favoured: whole(sub(max(mul(whole(bestOfBox(overlaps, least)), number), 1), 1)),
  };
};

/** What is found among the boxes of both, those of `a` coming first. */
export const findMore = (a: Found, b: Found): Found => ({
  most: maximum(a.most, b.most),
  nearest: where(greater(b.most, a.most), b.nearest, a.nearest),
  favoured: maximum(a.favoured, b.favoured),
});

const everywhere = (like: Tensor, value: number): Tensor => fill(like.shape, value, 'int32');

/** The place of each anchor's box, −1 or −2, of what was found among all boxes: [B, A] int32. */
export const decide = (
  { most, nearest, favoured }: Found,
  { positive, negative, lowQuality }: AssignOptions,
): Tensor => {
  const rest = where(less(most, negative), everywhere(most, NEGATIVE), everywhere(most, IGNORED));
  const plain = where(greaterEqual(most, positive), nearest, rest);
  if (!lowQuality) return plain;
  return where(greaterEqual(favoured, 0), lowQuality === 'each-box' ? favoured : nearest, plain);
};

export const requireThresholds = ({ positive, negative }: AssignOptions): void => {
  if (negative <= positive) return;
  const found = `negative ${negative} is not at most positive ${positive}`;
  throw new UnderstoryError('bad-value', `assign: ${found}. Give two numbers from 0 to 1 in that order.`);
};

/**
 * Which box each anchor shows, from `iou` [B, M, A] and `real` [B, M] (1: the row is a box, 0: it is none): [B, A] int32, the
 * place of the box among the M, −1 (`NEGATIVE`) or −2 (`IGNORED`). Of boxes overlapped equally, the first. Without any box all
 * anchors are negative. Overlaps of NaN count as 0. A departure from both sources: a box that no anchor overlaps at all is left
 * without, where they would give it every anchor. No gradient flows through it. Throws `bad-shape` and `bad-value`.
 */
export const assign = (iou: Tensor, real: Tensor, options: AssignOptions): Tensor => {
  requireThresholds(options);
  if (iou.rank !== 3 || iou.size === 0 || real.shape.join() !== iou.shape.slice(0, 2).join()) {
    const found = `iou [${iou.shape.join(', ')}] and real [${real.shape.join(', ')}]`;
    throw new UnderstoryError('bad-shape', `assign: ${found} must have the forms [B, M, A] and [B, M].`);
  }
  return untracked(
    () => [decide(findBoxes(soundOverlaps(iou), real, 0, options.least), options)] as const,
  )[0];
};
