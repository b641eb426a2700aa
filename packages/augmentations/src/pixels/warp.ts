import {
  add,
  cast,
  divNoNan,
  expandDims,
  floor,
  greaterEqual,
  less,
  logicalAnd,
  mul,
  neg,
  range,
  reshape,
  split,
  sub,
  tensor1d,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { lookUp } from './lookUp.ts';
import type { Affine } from './moveBoxes.ts';
import { toRgb, type Colour } from '../options.ts';
import { choose, everyChannel } from './pixels.ts';

/** Which source pixels make a new one. */
export const INTERPOLATIONS = ['nearest', 'bilinear'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

/** x' = a·x + b·y + c, y' = d·x + e·y + f: from a new picture's coordinates (pixel corners) to the source's. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const IDENTITY: Matrix = [1, 0, 0, 0, 1, 0];

/** Counter-clockwise by an angle in degrees about the middle, with PIL's rounding of sine and cosine. */
export const rotationMatrix = (degrees: number, [height, width]: readonly [number, number]): Matrix => {
  const angle = (-degrees * Math.PI) / 180;
  const rounded = (x: number): number => Math.round(x * 1e15) / 1e15;
  const [cos, sin] = [rounded(Math.cos(angle)), rounded(Math.sin(angle))];
  const [x, y] = [width / 2, height / 2];
  return [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y];
};

/** The row (column) y (x) is moved by x·`rows` (y·`columns`), from the top left corner. */
export const shearMatrix = (columns: number, rows: number): Matrix => [1, columns, 0, rows, 1, 0];

/** The content goes right and down by so many pixels. */
export const translationMatrix = (right: number, down: number): Matrix => [1, 0, -right, 0, 1, -down];

/** PIL samples the nearest pixel with 16 bits after the point. */
const fixed = (x: number): number => Math.floor(x * 65536 + 0.5) / 65536;

/** A matrix as `warp` takes it: from the middles of the new pixels, numbered 0, 1, …; for `nearest`, in fixed point. */
export const encodeMatrix = (matrix: Matrix, interpolation: Interpolation = 'nearest'): number[] => {
  const [a, b, c, d, e, f] = matrix;
  const middle = [a, b, c + (a + b) / 2, d, e, f + (d + e) / 2];
  return interpolation === 'nearest' ? middle.map(fixed) : middle;
};

interface Point {
  readonly x: Tensor;
  readonly y: Tensor;
}

type Six = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

/** The source's coordinates of all new pixels' middles: `matrices` [B, 6] → both [B, H, W]. */
const sourceOf = (matrices: Tensor, height: number, width: number): Point => {
  const [a, b, c, d, e, f] = split(expandDims(matrices, 2), 6, 1) as Six;
  const columns = reshape(range(0, width, 1, 'float32'), [1, 1, width]);
  const rows = reshape(range(0, height, 1, 'float32'), [1, height, 1]);
  const along = (byColumn: Tensor, byRow: Tensor, start: Tensor): Tensor =>
    add(mul(byColumn, columns), add(mul(byRow, rows), start)); // [B, 1, W] + [B, H, 1] → [B, H, W]
  return { x: along(a, b, c), y: along(d, e, f) };
};

/** Mixes the four source pixels around each point; cuts fractions off, as PIL does. */
const bilinear = (images: Tensor4D, { x, y }: Point, fill: Colour): Tensor4D => {
  const [, height, width] = images.shape;
  const left = floor(sub(x, 0.5));
  const top = floor(sub(y, 0.5));
  const across = expandDims(sub(sub(x, 0.5), left), 3); // [B, H, W, 1]
  const down = expandDims(sub(sub(y, 0.5), top), 3);
  const line = (rows: Tensor): Tensor4D => {
    const near = lookUp(images, { rows, columns: left });
    return choose(across, lookUp(images, { rows, columns: add(left, 1) }), near);
  };
  const mixed = floor(choose(down, line(add(top, 1)), line(top)));
  const within = (at: Tensor, n: number): Tensor => logicalAnd(greaterEqual(at, 0), less(at, n));
  const inside = everyChannel(cast(logicalAnd(within(x, width), within(y, height)), 'float32'));
  return choose(inside, mixed, tensor1d([...toRgb(fill)]) as Tensor as Tensor4D);
};

export interface WarpOptions {
  readonly interpolation: Interpolation;
  /** Of what lies outside the source. */
  readonly fill: Colour;
}

/**
 * Samples every image through its own matrix [B, 6], as `encodeMatrix` made it for this interpolation; same size.
 * Nearest is exact for images of up to 256 pixels a side.
 */
export const warp = (images: Tensor4D, matrices: Tensor, { interpolation, fill }: WarpOptions): Tensor4D => {
  if (interpolation === 'nearest') return warpNearest(images, matrices, toRgb(fill));
  return bilinear(images, sourceOf(matrices, images.shape[1], images.shape[2]), fill);
};

/** As `warp` with `nearest`, by matrices for either interpolation; any number of channels, `fill` [C]. */
export const warpNearest = (images: Tensor4D, matrices: Tensor, fill: readonly number[]): Tensor4D => {
  const { x, y } = sourceOf(matrices, images.shape[1], images.shape[2]);
  return lookUp(images, { rows: floor(y), columns: floor(x) }, 'constant', fill);
};

/** Where points of the source go, for matrices [B, 6] as `warp` takes them; all to 0 where a picture becomes a line. */
export const forwardOf = (matrices: Tensor): Affine => {
  const [a, b, middleX, d, e, middleY] = split(matrices, 6, 1) as Six; // [B, 1]
  const c = sub(middleX, mul(add(a, b), 0.5));
  const f = sub(middleY, mul(add(d, e), 0.5));
  const scale = divNoNan(1, sub(mul(a, e), mul(b, d)));
  const row = (x: Tensor, y: Tensor): [Tensor, Tensor, Tensor] => [
    mul(x, scale),
    mul(y, scale),
    neg(mul(add(mul(x, c), mul(y, f)), scale)),
  ];
  return [...row(e, neg(b)), ...row(neg(d), a)];
};
