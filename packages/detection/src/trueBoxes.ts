import {
  BOXES,
  hasBoxes,
  readBoxRows,
  UnderstoryError,
  type BuildContext,
  type StepContext,
} from '@understory/core';
import { expandDims, mul, sub, type Tensor } from '@tensorflow/tfjs-core';

/** The boxes that a step's images are to learn. */
export interface TrueBoxes {
  /** [B, M, 4]; zeros where `real` is 0. */
  readonly boxes: Tensor;
  /** [B, M] int32 */
  readonly classes: Tensor;
  /** [B, M] 1, or 0 where a row is no box to learn: none, crowd, or difficult. */
  readonly real: Tensor;
  /** [B, M, 4] regions of which nobody knows what they show; zeros where a row is none. */
  readonly crowds: Tensor;
}

/** Refuses, before the first step, samples without boxes. */
export const checkBoxes = (objective: string, { targets }: BuildContext): void => {
  if (hasBoxes(targets)) return;
  throw new UnderstoryError(
    'no-target',
    `${objective} learns the target "${BOXES}", rows of seven numbers (top, left, bottom, right, class, kind, area); the ` +
      `data has ${Object.keys(targets).join(', ') || 'none'}. Take a dataset of boxes: voc, coco or yolo.`,
  );
};

/** The first view's boxes of a stream. */
export const trueBoxes = (step: StepContext, stream: string): TrueBoxes => {
  const rows = step.target(BOXES, { stream, view: 0 }); // [B, M, 7]
  const { sides, classes, ordinary, real } = readBoxRows(rows);
  return {
    ...{ classes, real },
    boxes: mul(sides, expandDims(real, 2)),
    crowds: mul(sides, expandDims(sub(1, ordinary), 2)),
  };
};
