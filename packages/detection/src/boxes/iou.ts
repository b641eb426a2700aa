import {
  add,
  div,
  expandDims,
  maximum,
  minimum,
  mul,
  relu,
  sub,
  tidy,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { untracked } from '@understory/core';
import { columnsOf, fourOf, requireFour, soundBoxes, type Columns } from './columns.ts';

/** Below any area that float32 tells from none, and above 0. */
const NO_AREA = 1e-30;

/** What torchvision's losses add to an area that is divided by, in pixels². */
const EPSILON = 1e-7;

/** Height times width; 0 where one is negative. */
const areaOf = ([top, left, bottom, right]: Columns): Tensor =>
  mul(maximum(sub(bottom, top), 0), maximum(sub(right, left), 0));

const intersectionOf = (a: Columns, b: Columns): Tensor =>
  mul(
    relu(sub(minimum(a[2], b[2]), maximum(a[0], b[0]))),
    relu(sub(minimum(a[3], b[3]), maximum(a[1], b[1]))),
  );

const hullOf = (a: Columns, b: Columns): Tensor =>
  areaOf([minimum(a[0], b[0]), minimum(a[1], b[1]), maximum(a[2], b[2]), maximum(a[3], b[3])]);

/** Boxes ready to be paired with others. */
export interface Spread {
  readonly columns: Columns;
  readonly area: Tensor;
}

/** Boxes [..., N, 4] with columns and areas of [..., N, 1], or [..., 1, N] where they lie `across`. */
export const spread = (what: string, boxes: Tensor, across: boolean): Spread => {
  requireFour(what, boxes);
  const columns = fourOf(columnsOf(what, soundBoxes(boxes)).map((x) => expandDims(x, across ? -2 : -1)));
  return { columns, area: areaOf(columns) };
};

/** Intersection over union of each with each: [..., N, M] of boxes down and boxes across. */
export const spreadIou = (down: Spread, across: Spread): Tensor => {
  const both = intersectionOf(down.columns, across.columns); // [..., N, M]
  return div(both, maximum(sub(add(down.area, across.area), both), NO_AREA));
};

/**
 * Intersection over union of each box of `a` [..., N, 4] with each of `b` [..., M, 4] → [..., N, M], 0 to 1. Leading axes
 * are broadcast. A box without area, or one that holds NaN, has 0 with any. No gradient flows through it.
 */
export const iou = (a: Tensor, b: Tensor): Tensor =>
  untracked(() => [spreadIou(spread('iou', a, false), spread('iou', b, true))] as const)[0];

/** As `iou`, but over the area of `a` alone: how much of it `b` covers. [..., N, M], 0 to 1. */
export const overlap = (a: Tensor, b: Tensor): Tensor =>
  untracked(() => {
    const [down, across] = [spread('overlap', a, false), spread('overlap', b, true)];
    return [div(intersectionOf(down.columns, across.columns), maximum(down.area, NO_AREA))] as const;
  })[0];

/** Intersection over union of the boxes at the same place: `a`, `b` [..., 4] → [...]; gradients for both, always finite. */
export const pairIou = (a: Tensor, b: Tensor): Tensor =>
  tidy(() => {
    const [of, and] = [columnsOf('pairIou', a), columnsOf('pairIou', b)];
    const both = intersectionOf(of, and);
    return div(both, add(sub(add(areaOf(of), areaOf(and)), both), EPSILON));
  });

/**
 * Generalised intersection over union (Rezatofighi et al. 2019) of the boxes at the same place: `a`, `b` [..., 4] → [...],
 * −1 to 1; gradients for both, always finite.
 */
export const pairGiou = (a: Tensor, b: Tensor): Tensor =>
  tidy(() => {
    const [of, and] = [columnsOf('pairGiou', a), columnsOf('pairGiou', b)];
    const both = intersectionOf(of, and);
    const either = sub(add(areaOf(of), areaOf(and)), both);
    const hull = hullOf(of, and);
    return sub(div(both, add(either, EPSILON)), div(sub(hull, either), add(hull, EPSILON)));
  });
