import {
  abs,
  add,
  concat,
  div,
  exp,
  lessEqual,
  log,
  maximum,
  minimum,
  mul,
  reshape,
  slice,
  sub,
  tensor1d,
  tidy,
  where,
  zerosLike,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import { columnsOf, rowsOf } from './columns.ts';

/** What each of dx, dy, dw, dh is divided by, so that they vary about as much as 1. */
export type DeltaStd = readonly [number, number, number, number];

/** What the deltas of anchors are divided by. */
export const ANCHOR_STD: DeltaStd = [1, 1, 1, 1];

/** The most that a side may grow: a delta of the logarithm of 1000 / 16. */
const MOST = Math.log(1000 / 16);

/** The least side in pixels, for boxes without any. */
const LEAST_SIDE = 1e-6;

interface Centred {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly width: Tensor;
  readonly height: Tensor;
}

const centred = (what: string, boxes: Tensor): Centred => {
  const [top, left, bottom, right] = columnsOf(what, boxes);
  const [height, width] = [sub(bottom, top), sub(right, left)];
  return { x: add(left, mul(width, 0.5)), y: add(top, mul(height, 0.5)), width, height };
};

const positive = (side: Tensor): Tensor => maximum(side, LEAST_SIDE);

/** 0 for what is no number, or infinite. */
const finite = (x: Tensor): Tensor => where(lessEqual(abs(x), 3e38), x, zerosLike(x));

/**
 * How boxes lie beside anchors (Girshick et al. 2014): [..., 4] dx, dy, dw, dh over `std`. `anchors`, `boxes` [..., 4], which
 * are broadcast. Always finite: a side of 0 or less counts as 1e-6 pixels, and a delta that is no number as 0.
 */
export const encodeBoxes = (anchors: Tensor, boxes: Tensor, std: DeltaStd): Tensor =>
  tidy(() => {
    const [from, to] = [centred('anchors', anchors), centred('boxes', boxes)];
    const [width, height] = [positive(from.width), positive(from.height)];
    const deltas = rowsOf([
      div(sub(to.x, from.x), width),
      div(sub(to.y, from.y), height),
      log(div(positive(to.width), width)),
      log(div(positive(to.height), height)),
    ]);
    return finite(div(deltas, tensor1d([...std])));
  });

const grown = (delta: Tensor, symmetric: boolean): Tensor => {
  const clamped = minimum(delta, MOST);
  return exp(symmetric ? maximum(clamped, -MOST) : clamped);
};

/**
 * The boxes [..., 4] that lie beside `anchors` [..., 4] as `deltas` [..., 4] say. dw and dh are at most ln(1000 / 16), and
 * with `symmetric`, as in mmdetection, at least −ln(1000 / 16).
 */
export const decodeBoxes = (
  anchors: Tensor,
  deltas: Tensor,
  std: DeltaStd,
  { symmetric = false }: { readonly symmetric?: boolean } = {},
): Tensor =>
  tidy(() => {
    const from = centred('anchors', anchors);
    const [dx, dy, dw, dh] = columnsOf('deltas', mul(deltas, tensor1d([...std])));
    const [x, y] = [add(mul(dx, from.width), from.x), add(mul(dy, from.height), from.y)];
    const right = mul(mul(grown(dw, symmetric), from.width), 0.5); // half a side
    const down = mul(mul(grown(dh, symmetric), from.height), 0.5);
    return rowsOf([sub(y, down), sub(x, right), add(y, down), add(x, right)]);
  });

const requireFrame = (boxes: Tensor, frame: Tensor): void => {
  if (boxes.rank === 3 && frame.shape.join() === [boxes.shape[0], 4].join()) return;
  const found = `boxes [${boxes.shape.join(', ')}] and a frame [${frame.shape.join(', ')}]`;
  throw new UnderstoryError('bad-shape', `clipBoxes: ${found} must have the forms [B, N, 4] and [B, 4].`);
};

/** The least and the most of each number of a box. */
const limits = (boxes: Tensor, frame: Tensor | readonly [number, number]): readonly [Tensor, Tensor] => {
  if ('length' in frame) {
    const [height, width] = frame;
    return [tensor1d([0, 0, 0, 0]), tensor1d([height, width, height, width])];
  }
  requireFrame(boxes, frame);
  const images = frame.shape[0];
  const half = (at: number): Tensor => {
    const corner = slice(frame, [0, at], [images, 2]);
    return reshape(concat([corner, corner], 1), [images, 1, 4]);
  };
  return [half(0), half(2)];
};

/**
 * Boxes [B, N, 4] with what lies outside cut off: outside the picture, `frame` [B, 4], or, for boxes [..., 4] of one size of
 * image, outside `[height, width]`. A box that lies outside altogether has no area left.
 */
export const clipBoxes = (boxes: Tensor, frame: Tensor | readonly [height: number, width: number]): Tensor =>
  tidy(() => {
    const [least, most] = limits(boxes, frame);
    return minimum(maximum(boxes, least), most);
  });
