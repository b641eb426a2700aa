import {
  add,
  clipByValue,
  concat,
  greater,
  logicalAnd,
  max,
  min,
  mul,
  slice,
  split,
  where,
  zerosLike,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { Size } from '../sizes.ts';
import { perImage } from './pixels.ts';

/** A number for all images, or one for each: [B] or [B, 1]. */
type Coefficient = number | Tensor;

/** Where a point of an image goes: x' = a·x + b·y + c, y' = d·x + e·y + f, in pixels from the top left corner. */
export type Affine = readonly [
  a: Coefficient,
  b: Coefficient,
  c: Coefficient,
  d: Coefficient,
  e: Coefficient,
  f: Coefficient,
];

/** Points go right and down by so many pixels. */
export const shift = (right: Coefficient, down: Coefficient): Affine => [1, 0, right, 0, 1, down];

const broadcast = (value: Coefficient): Coefficient =>
  typeof value === 'number' ? value : perImage(value, 3); // [B, 1, 1]

/** Top, left, bottom and right of boxes, each [B, M, 1]. */
const sidesOf = (boxes: Tensor): [Tensor, Tensor, Tensor, Tensor] =>
  split(slice(boxes, [0, 0, 0], [-1, -1, 4]), 4, 2) as [Tensor, Tensor, Tensor, Tensor];

const hasArea = (boxes: Tensor): Tensor => {
  const [top, left, bottom, right] = sidesOf(boxes);
  return logicalAnd(greater(bottom, top), greater(right, left)); // [B, M, 1]
};

/** The least upright boxes around the four corners where these went, cut to the image: [B, M, 4]. */
const hullOf = (boxes: Tensor, affine: Affine, [height, width]: Size): Tensor => {
  const [top, left, bottom, right] = sidesOf(boxes);
  const [xs, ys] = [concat([left, right, left, right], 2), concat([top, top, bottom, bottom], 2)]; // [B, M, 4]
  const [a, b, c, d, e, f] = affine.map(broadcast) as unknown as Affine;
  const x = clipByValue(add(add(mul(a, xs), mul(b, ys)), c), 0, width);
  const y = clipByValue(add(add(mul(d, xs), mul(e, ys)), f), 0, height);
  return concat([min(y, 2, true), min(x, 2, true), max(y, 2, true), max(x, 2, true)], 2);
};

/**
 * Boxes [B, M, 4 and more] (top, left, bottom, right, …; float32) in new images of this size: hulls of their moved corners,
 * cut to the image. One without area, before or after, has zeros for its sides. Further columns stay.
 */
export const moveBoxes = (boxes: Tensor, affine: Affine, size: Size): Tensor => {
  const moved = hullOf(boxes, affine, size);
  const sides = where(logicalAnd(hasArea(boxes), hasArea(moved)), moved, zerosLike(moved));
  return boxes.shape[2] === 4 ? sides : concat([sides, slice(boxes, [0, 0, 4])], 2);
};
