import {
  add,
  concat,
  expandDims,
  fill,
  greater,
  greaterEqual,
  less,
  logicalAnd,
  logicalNot,
  max,
  maximum,
  min,
  minimum,
  mul,
  slice,
  split,
  sub,
  Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { BOX_KINDS, type TargetSpec } from '@understory/core';
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
export const sidesOf = (boxes: Tensor): [Tensor, Tensor, Tensor, Tensor] =>
  split(slice(boxes, [0, 0, 0], [-1, -1, 4]), 4, 2) as [Tensor, Tensor, Tensor, Tensor];

/** Whether boxes [B, M, 4 and more] have an area: [B, M, 1]. */
export const hasArea = (boxes: Tensor): Tensor => {
  const [top, left, bottom, right] = sidesOf(boxes);
  return logicalAnd(greater(bottom, top), greater(right, left)); // [B, M, 1]
};

/** The least upright boxes around the four corners where these went: [B, M, 4]. */
const hullOf = (boxes: Tensor, affine: Affine): Tensor => {
  const [top, left, bottom, right] = sidesOf(boxes);
  const [xs, ys] = [concat([left, right, left, right], 2), concat([top, top, bottom, bottom], 2)]; // [B, M, 4]
  const [a, b, c, d, e, f] = affine.map(broadcast) as unknown as Affine;
  const x = add(add(mul(a, xs), mul(b, ys)), c);
  const y = add(add(mul(d, xs), mul(e, ys)), f);
  return concat([min(y, 2, true), min(x, 2, true), max(y, 2, true), max(x, 2, true)], 2);
};

/** What boxes are cut to: an image of this size, or a part of each image, [B, 4] top, left, bottom, right. */
export type Region = Size | Tensor;

/** Top, left, bottom and right of a region, each a number or [B, 1, 1]. */
const edgesOf = (region: Region): [Coefficient, Coefficient, Coefficient, Coefficient] =>
  region instanceof Tensor
    ? (split(expandDims(region, 1), 4, 2) as [Tensor, Tensor, Tensor, Tensor])
    : [0, 0, ...region];

const cutTo = (boxes: Tensor, region: Region): Tensor => {
  const [low, from, high, to] = edgesOf(region);
  const [top, left, bottom, right] = sidesOf(boxes);
  const [y, x] = [
    (at: Tensor) => minimum(maximum(at, low), high),
    (at: Tensor) => minimum(maximum(at, from), to),
  ];
  return concat([y(top), x(left), y(bottom), x(right)], 2);
};

/** When too little of a cut box is left. */
export interface CutRule {
  /** Share of its area that must be left, 0…1. At 0, all boxes that have any area left stay what they were. */
  readonly keep?: number;
  /** Whether its middle must be left. */
  readonly middle?: boolean;
}

export const areaOf = (boxes: Tensor): Tensor => {
  const [top, left, bottom, right] = sidesOf(boxes);
  return mul(sub(bottom, top), sub(right, left)); // [B, M, 1]
};

/** Whether the middles of boxes lie inside a region: [B, M, 1]. */
export const middleInside = (boxes: Tensor, region: Region): Tensor => {
  const [low, from, high, to] = edgesOf(region);
  const [top, left, bottom, right] = sidesOf(boxes);
  const between = (a: Tensor, b: Tensor, least: Coefficient, most: Coefficient): Tensor => {
    const middle = mul(add(a, b), 0.5);
    return logicalAnd(greater(middle, least), less(middle, most));
  };
  return logicalAnd(between(top, bottom, low, high), between(left, right, from, to));
};

/** Whether enough of boxes is left: their share of area, a pixel of each side, and their middle where that counts. */
const enoughLeft = (
  cut: Tensor,
  uncut: Tensor,
  region: Region,
  { keep = 0, middle = false }: CutRule,
): Tensor => {
  const [top, left, bottom, right] = sidesOf(cut);
  const sides = logicalAnd(greaterEqual(sub(bottom, top), 1), greaterEqual(sub(right, left), 1));
  const enough = logicalAnd(sides, greaterEqual(areaOf(cut), mul(areaOf(uncut), keep)));
  return middle ? logicalAnd(enough, middleInside(uncut, region)) : enough;
};

/** Column that holds the kind of a thing. */
export const KIND = 5;

/** Things [B, M, 6 and more] that are `lost` [B, M, 1] as crowds: seen, and no targets. */
const asCrowds = (things: Tensor, lost: Tensor): Tensor => {
  const [before, kind, after] = split(things, [KIND, 1, things.shape[2]! - KIND - 1], 2) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return concat([before, where(lost, fill(kind.shape, BOX_KINDS.crowd), kind), after], 2);
};

/** The sides of boxes before others of theirs; zeros where `there` [B, M, 1] is false. */
const withSides = (boxes: Tensor, sides: Tensor, there: Tensor): Tensor => {
  const own = where(there, sides, zerosLike(sides));
  return boxes.shape[2] === 4 ? own : concat([own, slice(boxes, [0, 0, 4])], 2);
};

/**
 * Boxes [B, M, 4 and more] (top, left, bottom, right, …; float32) where an affine map brings them: hulls of their moved
 * corners, cut to a region. One without area, before or after, has zeros for its sides. Further columns stay. Where a rule
 * says that too little of a box is left, a thing counts as a crowd (no target, and its place is known), the picture's own
 * box stays, and a box that nothing is known of is dropped.
 */
export const moveBoxes = (
  boxes: Tensor,
  affine: Affine,
  region: Region,
  { around, ...rule }: CutRule & { readonly around?: TargetSpec['around'] | undefined } = {},
): Tensor => {
  const uncut = hullOf(boxes, affine);
  const cut = cutTo(uncut, region);
  const left = logicalAnd(hasArea(boxes), hasArea(cut));
  const ruled = (rule.keep ?? 0) > 0 || rule.middle === true;
  if (!ruled || around === 'picture') return withSides(boxes, cut, left);
  const enough = enoughLeft(cut, uncut, region, rule);
  if (around === undefined) return withSides(boxes, cut, logicalAnd(left, enough));
  return asCrowds(withSides(boxes, cut, left), logicalAnd(left, logicalNot(enough)));
};
