import {
  any,
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
  mul,
  range,
  reshape,
  sub,
  tidy,
  where,
  zerosLike,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';

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

const requireOptions = (iou: Tensor, real: Tensor, { positive, negative }: AssignOptions): void => {
  if (iou.rank !== 3 || iou.size === 0 || real.shape.join() !== iou.shape.slice(0, 2).join()) {
    const found = `iou [${iou.shape.join(', ')}] and real [${real.shape.join(', ')}]`;
    throw new UnderstoryError('bad-shape', `assign: ${found} must have the forms [B, M, A] and [B, M].`);
  }
  if (!(negative <= positive))
    throw new UnderstoryError(
      'bad-value',
      `assign: negative ${negative} is above positive ${positive}. Make it at most as large.`,
    );
};

/** Overlaps [B, M, A] with −1 in rows that are no boxes, and 0 for NaN. */
const soundOverlaps = (iou: Tensor, real: Tensor): Tensor => {
  const some = where(greater(iou, 0), iou, zerosLike(iou)); // false for NaN
  const row = expandDims(cast(real, 'float32'), 2); // [B, M, 1]
  return sub(mul(some, row), sub(1, row));
};

/** Where an anchor overlaps a box as much as any does, exactly as computed: [B, M, A]. An overlap of 0 is none. */
const bestOfBox = (overlaps: Tensor, least: number): Tensor => {
  const best = max(overlaps, 2, true); // [B, M, 1]
  const enough = logicalAnd(greater(best, 0), greaterEqual(best, least));
  return logicalAnd(equal(overlaps, best), enough);
};

/** The last box that an anchor is best of, or −1: [B, A]. */
const lastBox = (best: Tensor): Tensor => {
  const number = reshape(range(1, best.shape[1]! + 1, 1, 'int32'), [1, -1, 1]);
  return cast(sub(max(mul(cast(best, 'int32'), number), 1), 1), 'int32');
};

const byThreshold = (overlaps: Tensor, nearest: Tensor, { positive, negative }: AssignOptions): Tensor => {
  const most = max(overlaps, 1); // [B, A]
  const rest = where(
    less(most, negative),
    fill(most.shape, NEGATIVE, 'int32'),
    fill(most.shape, IGNORED, 'int32'),
  );
  return where(greaterEqual(most, positive), nearest, rest);
};

/**
 * Which box each anchor shows, from `iou` [B, M, A] and `real` [B, M] (1: the row is a box, 0: it is none): [B, A] int32, the
 * place of the box among the M, −1 (`NEGATIVE`) or −2 (`IGNORED`). Of boxes overlapped equally, the first. Without any box all
 * anchors are negative. Overlaps of NaN count as 0. A departure from both sources: a box that no anchor overlaps at all is left
 * without, where they would give it every anchor.
 */
export const assign = (iou: Tensor, real: Tensor, options: AssignOptions): Tensor =>
  tidy(() => {
    requireOptions(iou, real, options);
    const overlaps = soundOverlaps(iou, real);
    const nearest = cast(argMax(overlaps, 1), 'int32'); // [B, A]
    const plain = byThreshold(overlaps, nearest, options);
    if (!options.lowQuality) return plain;
    const best = bestOfBox(overlaps, options.least ?? 0);
    if (options.lowQuality === 'own-best') return where(any(best, 1), nearest, plain);
    const last = lastBox(best);
    return where(greaterEqual(last, 0), last, plain);
  });
