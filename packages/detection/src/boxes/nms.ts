import {
  abs,
  add,
  cast,
  expandDims,
  fill,
  image,
  less,
  lessEqual,
  max,
  min,
  mul,
  pad,
  range,
  sub,
  tidy,
  where,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import { soundBoxes } from './columns.ts';

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

/** The next float32 above a number from 0 up. */
const nextUp = (x: number): number => {
  const bits = new Int32Array(Float32Array.of(x).buffer);
  bits[0]! += 1;
  return new Float32Array(bits.buffer)[0]!;
};

const requireRows = (boxes: Tensor2D, scores: Tensor1D): void => {
  const [n, width] = boxes.shape;
  if (n > 0 && width === 4 && scores.shape.join() === `${n}`) return;
  const found = `boxes [${boxes.shape.join(', ')}] and scores [${scores.shape.join(', ')}]`;
  throw new UnderstoryError('bad-shape', `nms: ${found} must have the forms [N, 4] and [N], N at least 1.`);
};

/** Scores with −∞ for boxes that hold NaN or lie beyond any picture. */
const soundScores = (boxes: Tensor2D, scores: Tensor1D): Tensor1D =>
  where(lessEqual(max(abs(boxes), 1), 1e9), scores, fill([boxes.shape[0]], -Infinity));

/**
 * Non-maximum suppression: boxes by falling score (equal scores by place), each kept unless one kept before overlaps it
 * by more than `iou`. `boxes` [N, 4], `scores` [N]. Boxes that hold NaN are never kept; a box without area overlaps none.
 */
export const nms = (boxes: Tensor2D, scores: Tensor1D, { iou, most, least = -Infinity }: NmsOptions): Kept =>
  tidy(() => {
    requireRows(boxes, scores);
    const count = Math.min(most, boxes.shape[0]);
    // TensorFlow leaves out what is above the threshold, tfjs's own backends also what is equal to it.
    const threshold = Math.min(1, nextUp(iou));
    const { selectedIndices, validOutputs } = image.nonMaxSuppressionPadded(
      soundBoxes(boxes) as Tensor2D,
      soundScores(boxes, scores),
      count,
      threshold,
      least,
      true,
    ) as { selectedIndices: Tensor1D; validOutputs: Tensor };
    const valid = cast(less(range(0, most, 1, 'int32'), cast(validOutputs, 'int32')), 'float32') as Tensor1D;
    const places = cast(pad(selectedIndices, [[0, most - count]]), 'int32');
    return { indices: cast(mul(places, cast(valid, 'int32')), 'int32') as Tensor1D, valid };
  });

/**
 * As `nms`, within each class alone: boxes of different `classes` [N] int32 never suppress each other. Boxes are moved apart by
 * class, as torchvision and mmdetection do.
 */
export const classNms = (boxes: Tensor2D, scores: Tensor1D, classes: Tensor1D, options: NmsOptions): Kept =>
  tidy(() => {
    const sound = soundBoxes(boxes);
    const step = add(sub(max(sound), min(sound)), 1); // [], farther than any two boxes reach
    const moved = add(sound, expandDims(mul(cast(classes, 'float32'), step), 1)) as Tensor2D; // [N, 4]
    return { ...nms(moved, soundScores(boxes, scores), options) };
  });
