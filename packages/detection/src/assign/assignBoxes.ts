import { add, minimum, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { UnderstoryError, untracked } from '@understory/core';
import { spread, spreadIou, type Spread } from '../boxes/iou.ts';
import { decide, findBoxes, findMore, requireThresholds, type AssignOptions, type Found } from './assign.ts';

/** Overlaps that are held at once, so that many boxes with many anchors do not fill the memory: 16 MB of float32. */
const AT_ONCE = 2 ** 22;

/** How many boxes of each image are compared with all anchors at once. */
const sliceOf = (boxes: number, row: number, atOnce: number): number =>
  Math.min(boxes, Math.max(1, Math.floor(atOnce / row)));

/**
 * 0, [1, 1, 1], which is known no sooner than what was found: a compiled step would begin with all slices at once, and hold the
 * overlaps of all. Places are at least −1, which no optimizer of graphs knows.
 */
const noughtAfter = ({ favoured }: Found): Tensor =>
  reshape(add(minimum(slice(favoured, [0, 0], [1, 1]), -1), 1), [1, 1, 1]);

const requireForms = (boxes: Tensor, anchors: Tensor, real: Tensor): void => {
  const [images, many] = boxes.shape;
  const fits = boxes.rank === 3 && boxes.size > 0 && real.shape.join() === `${images},${many}`;
  const owned = anchors.rank === 2 || (anchors.rank === 3 && anchors.shape[0] === images);
  if (fits && owned && anchors.size > 0) return;
  const found = [boxes, anchors, real].map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
  throw new UnderstoryError(
    'bad-shape',
    `assignBoxes: boxes, anchors, real ${found} must be [B, M, 4], [A, 4] or [B, A, 4], and [B, M].`,
  );
};

/**
 * `assign` of the overlaps of `boxes` [B, M, 4] with `anchors` [A, 4], or [B, A, 4] of each image its own: the same result,
 * some boxes at a time, so that never all overlaps [B, M, A] are in memory. `atOnce` is how many of them may be.
 */
export const assignBoxes = (
  boxes: Tensor,
  anchors: Tensor,
  real: Tensor,
  options: AssignOptions & { readonly atOnce?: number },
): Tensor => {
  requireThresholds(options);
  requireForms(boxes, anchors, real);
  const [images, many] = boxes.shape as [number, number];
  const step = sliceOf(many, images * anchors.shape.at(-2)!, options.atOnce ?? AT_ONCE);
  const find = (across: Spread, first: number, before?: Found): Found => {
    const count = Math.min(step, many - first);
    const rows = slice(boxes, [0, first, 0], [images, count, 4]);
    const down = spread('boxes', before ? add(rows, noughtAfter(before)) : rows, false);
    const ofRows = slice(real, [0, first], [images, count]);
    return findBoxes(spreadIou(down, across), ofRows, first, options.least);
  };
  return untracked(() => {
    const across = spread('anchors', anchors, true); // once for all slices
    let found = find(across, 0);
    for (let first = step; first < many; first += step) found = findMore(found, find(across, first, found));
    return [decide(found, options)] as const;
  })[0];
};
