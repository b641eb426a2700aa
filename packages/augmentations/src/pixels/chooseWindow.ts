import {
  add,
  any,
  argMax,
  cast,
  concat,
  div,
  divNoNan,
  equal,
  expandDims,
  floor,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  max,
  maximum,
  minimum,
  mul,
  notEqual,
  range,
  reshape,
  split,
  squeeze,
  sub,
  sum,
  tensor2d,
  where,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { BOX_KINDS, type DrawnParams, type SpatialTarget } from '@understory/core';
import type { Size } from '../sizes.ts';
import { areaOf, hasArea, KIND, sidesOf } from './moveBoxes.ts';
import { pictureOf } from './picture.ts';

type Interval = readonly [least: number, largest: number];

/** Which windows may be. */
export interface WindowShape {
  /** Part of each of the picture's sides. */
  readonly scale: Interval;
  /** Width divided by height. */
  readonly ratio: Interval;
}

/** Sides of windows or boxes, of one shape. */
type Sides = [top: Tensor, left: Tensor, bottom: Tensor, right: Tensor];

/** Windows in pictures: [B, n] each, of whole pixels; a side may have none. */
const windowsOf = (params: DrawnParams, size: Size, { scale: [least, largest] }: WindowShape): Sides => {
  const [top, left, bottom, right] = split(pictureOf(params, size), 4, 1) as Sides; // [B, 1]
  const windows = params.windows!;
  const drawn = reshape(windows, [windows.shape[0], -1, 4]);
  const [tall, wide, down, across] = split(drawn, 4, 2).map((u) => squeeze(u, [2])) as Sides; // [B, n]
  const span = (from: Tensor, to: Tensor, part: Tensor, place: Tensor): readonly [Tensor, Tensor] => {
    const whole = floor(sub(to, from));
    const length = floor(mul(whole, add(mul(part, largest - least), least)));
    const start = add(from, minimum(floor(mul(sub(whole, length), place)), sub(whole, length)));
    return [start, add(start, length)];
  };
  const [y, v] = span(top, bottom, tall, down);
  const [x, u] = span(left, right, wide, across);
  return [y, x, v, u];
};

/** What a window may be chosen by: things that are no crowds, else boxes of which nothing is known. */
const boxesOf = (known: readonly SpatialTarget[]): Tensor | undefined =>
  (
    known.find(({ spec }) => spec.around === 'things') ??
    known.find(({ spec }) => spec.kind === 'boxes' && spec.around === undefined)
  )?.target;

/** Which boxes [B, M, …] count, 1 or 0: [B, 1, M]. */
const countedOf = (boxes: Tensor, things: boolean): Tensor => {
  const there = hasArea(boxes);
  const kind = things ? split(boxes, [KIND, 1, boxes.shape[2]! - KIND - 1], 2)[1]! : undefined;
  const counted = kind ? logicalAnd(there, notEqual(kind, BOX_KINDS.crowd)) : there;
  return expandDims(squeeze(counted, [2]), 1);
};

/** Overlap of each window with the boxes that count and have their middle in it; −1 where there is none: [B, n]. */
const overlapsOf = (windows: Sides, boxes: Tensor, counted: Tensor): Tensor => {
  const [top, left, bottom, right] = windows.map((side) => expandDims(side, 2)) as Sides; // [B, n, 1]
  const [t, l, b, r] = sidesOf(boxes).map((side) => expandDims(squeeze(side, [2]), 1)) as Sides; // [B, 1, M]
  const inside = (low: Tensor, from: Tensor, to: Tensor, high: Tensor): Tensor => {
    const middle = mul(add(from, to), 0.5);
    return logicalAnd(less(low, middle), less(middle, high));
  };
  const length = (low: Tensor, from: Tensor, to: Tensor, high: Tensor): Tensor =>
    maximum(sub(minimum(to, high), maximum(from, low)), 0);
  const common = mul(length(top, t, b, bottom), length(left, l, r, right)); // [B, n, M]
  const own = mul(sub(bottom, top), sub(right, left));
  const area = expandDims(squeeze(areaOf(boxes), [2]), 1);
  const iou = divNoNan(common, sub(add(own, area), common));
  const seen = logicalAnd(counted, logicalAnd(inside(top, t, b, bottom), inside(left, l, r, right)));
  return max(where(seen, iou, sub(mul(iou, 0), 1)), 2);
};

/**
 * The first of the drawn windows (`windows` [B, 4n] uniform numbers: height, width, place down and across) that overlaps a box
 * by `overlap` [B] at least: [B, 4] top, left, bottom, right. The whole image where none does, or the overlap is 1; undefined
 * where nobody knows any boxes.
 */
export const chooseWindow = (
  params: DrawnParams,
  { known, size }: { readonly known: readonly SpatialTarget[]; readonly size: Size },
  shape: WindowShape,
): Tensor | undefined => {
  const boxes = boxesOf(known);
  if (!boxes) return undefined;
  const things = known.some(({ spec, target }) => target === boxes && spec.around === 'things');
  const windows = windowsOf(params, size, shape);
  const [top, left, bottom, right] = windows;
  const [tall, wide] = [sub(bottom, top), sub(right, left)];
  const ratio = div(wide, maximum(tall, 1));
  const wanted = expandDims(params.overlap!, 1); // [B, 1]
  const enough = greaterEqual(overlapsOf(windows, boxes, countedOf(boxes, things)), wanted);
  const shaped = logicalAnd(greaterEqual(ratio, shape.ratio[0]), lessEqual(ratio, shape.ratio[1]));
  const sized = logicalAnd(greaterEqual(tall, 1), greaterEqual(wide, 1));
  const fits = logicalAnd(logicalAnd(enough, less(wanted, 1)), logicalAnd(shaped, sized)); // [B, n]
  const first = expandDims(argMax(cast(fits, 'int32'), 1), 1);
  const picked = cast(equal(range(0, fits.shape[1]!, 1, 'int32'), first), 'float32');
  const window = concat(
    windows.map((side) => sum(mul(side, picked), 1, true)),
    1,
  );
  return where(any(fits, 1, true), window, tensor2d([[0, 0, ...size]]));
};
