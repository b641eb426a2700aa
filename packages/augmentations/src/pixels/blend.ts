import {
  add,
  div,
  floor,
  mul,
  pad,
  round,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { divideExactly, toBytes } from './pixels.ts';

/**
 * Moves planes [3, B, H, W] away from (or towards) a degenerate image, in the order in which PIL computes it in single
 * precision. `factor` [B, 1, 1]: 0 gives the degenerate image, 1 the same image exactly.
 */
export const blend = (planes: Tensor4D, degenerate: Tensor, factor: Tensor): Tensor4D =>
  toBytes(add(degenerate, mul(factor, sub(planes, degenerate))));

/** Mean of a grey image, rounded half up: [B, H, W] → [B, 1, 1] */
export const meanLevel = (grey: Tensor3D): Tensor => {
  const pixels = grey.shape[1] * grey.shape[2];
  return floor(divideExactly(add(sum(grey, [1, 2], true), pixels / 2), pixels));
};

/** Weights [B, 1, 1], of which at most one is 1: what the image is blended with; black where all are 0. */
export interface Degenerate {
  /** Each pixel's own grey level: saturation. */
  readonly grey: Tensor;
  /** The mean of the grey levels: contrast. */
  readonly mean: Tensor;
}

/** The degenerate image of planes whose grey image is given → [B, H, W] */
export const degenerateOf = (grey: Tensor3D, weights: Degenerate): Tensor3D =>
  add(mul(grey, weights.grey), mul(meanLevel(grey), weights.mean));

/** A smoothed copy of planes [3, B, H, W]: 3×3 weights 1, the middle 5, of 13; pixels at the border stay. */
export const smooth = (planes: Tensor4D): Tensor4D => {
  const [channels, batch, height, width] = planes.shape;
  if (height < 3 || width < 3) return planes;
  const rows = (from: number): Tensor4D =>
    slice(planes, [0, 0, from, 0], [channels, batch, height - 2, width]);
  const columns = (x: Tensor4D, from: number): Tensor4D =>
    slice(x, [0, 0, 0, from], [channels, batch, height - 2, width - 2]);
  const tall = add<Tensor4D>(add(rows(0), rows(1)), rows(2));
  const around = add(add(columns(tall, 0), columns(tall, 1)), columns(tall, 2));
  const middle = columns(rows(1), 1);
  const smoothed = round(div(add(around, mul(middle, 4)), 13)); // never a tie: 13 is odd
  return add(
    planes,
    pad(sub(smoothed, middle), [
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
    ]),
  );
};
