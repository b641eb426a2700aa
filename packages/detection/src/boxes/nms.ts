import {
  add,
  cast,
  concat,
  expandDims,
  fill,
  greater,
  image,
  less,
  logicalAnd,
  max,
  maximum,
  min,
  mul,
  pad,
  range,
  split,
  sub,
  where,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { UnderstoryError, untracked } from '@understory/core';
import { areSound, soundBoxes } from './columns.ts';

export interface NmsOptions {
  /** A box is left out where its intersection over union with a better one is above this. */
  readonly iou: number;
  /** How many boxes are kept at most. */
  readonly most: number;
  /** Boxes of this score or less are none; all are boxes if absent, but for scores of NaN and −∞. */
  readonly least?: number;
}

export interface Kept {
  /** Places of the boxes kept, by falling score, equal ones by place: [most] int32, 0 where there is none. */
  readonly indices: Tensor1D;
  /** [most] 1, or 0 where there is none. */
  readonly valid: Tensor1D;
}

type Both = readonly [indices: Tensor1D, valid: Tensor1D];

/** The next float32 above a number from 0 up. */
const nextUp = (x: number): number => {
  const bits = new Int32Array(Float32Array.of(x).buffer);
  bits[0]! += 1;
  return new Float32Array(bits.buffer)[0]!;
};

const requireRows = (boxes: Tensor2D, ...ofEach: readonly Tensor1D[]): void => {
  const [n, width] = boxes.shape;
  if (n > 0 && width === 4 && ofEach.every(({ shape }) => shape.join() === `${n}`)) return;
  const found = [boxes, ...ofEach].map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
  throw new UnderstoryError(
    'bad-shape',
    `nms: boxes, scores and classes of ${found} must have the forms [N, 4] and [N], N at least 1.`,
  );
};

/** Scores with −∞ where the score is NaN, or the box holds NaN or lies beyond any picture. */
const soundScores = (boxes: Tensor2D, scores: Tensor1D): Tensor1D =>
  where(logicalAnd(areSound(boxes), greater(scores, -Infinity)), scores, fill([boxes.shape[0]], -Infinity));

/** Swapped boxes [N, 4] without area, as they are for `iou`; TensorFlow's NMS would turn them round. */
const upright = (boxes: Tensor2D): Tensor2D => {
  const [first, second] = split<Tensor2D>(boxes, 2, 1); // [N, 2] top and left, bottom and right
  return concat([first!, maximum(first!, second!)], 1);
};

/** TensorFlow's NMS with its results as they are: what is left over is 0 in `indices`. */
const keep = (boxes: Tensor2D, scores: Tensor1D, { iou, most, least = -Infinity }: NmsOptions): Both => {
  const count = Math.min(most, boxes.shape[0]);
  // TensorFlow leaves out what is above the threshold, tfjs's own backends also what is equal to it.
  const threshold = Math.min(1, nextUp(iou));
  const kept = image.nonMaxSuppressionPadded(upright(boxes), scores, count, threshold, least, true);
  const found = cast(kept['validOutputs']!, 'int32'); // []
  const valid: Tensor1D = less(range(0, most, 1, 'int32'), found); // [most]
  const places = pad(kept['selectedIndices']!, [[0, most - count]]);
  const indices = cast<Tensor1D>(mul(places, cast(valid, 'int32')), 'int32');
  return [indices, cast(valid, 'float32')];
};

/**
 * Non-maximum suppression: boxes by falling score (equal scores by place), each kept unless one kept before overlaps it
 * by more than `iou`. `boxes` [N, 4], `scores` [N]. Boxes that hold NaN are never kept; a box without area overlaps none.
 * No gradient flows through it. Throws `bad-shape`.
 */
export const nms = (boxes: Tensor2D, scores: Tensor1D, options: NmsOptions): Kept => {
  requireRows(boxes, scores);
  const [indices, valid] = untracked(() => keep(soundBoxes(boxes), soundScores(boxes, scores), options));
  return { indices, valid };
};

/**
 * As `nms`, within each class alone: boxes of different `classes` [N] int32 never suppress each other. Boxes are moved apart by
 * class, as torchvision and mmdetection do: clip them first, since one far away takes digits from all.
 */
export const classNms = (boxes: Tensor2D, scores: Tensor1D, classes: Tensor1D, options: NmsOptions): Kept => {
  requireRows(boxes, scores, classes);
  const [indices, valid] = untracked(() => {
    const sound = soundBoxes(boxes);
    const step = add(sub(max(sound), min(sound)), 1); // [], farther than any two boxes reach
    const moved: Tensor2D = add(sound, expandDims(mul(cast(classes, 'float32'), step), 1)); // [N, 4]
    return keep(moved, soundScores(boxes, scores), options);
  });
  return { indices, valid };
};
