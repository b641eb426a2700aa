import { BOX_KINDS, BOXES, UnderstoryError, type BuildContext, type StepContext } from '@understory/core';
import {
  cast,
  equal,
  expandDims,
  greater,
  logicalAnd,
  mul,
  reshape,
  slice,
  split,
  notEqual,
  type Tensor,
} from '@tensorflow/tfjs-core';

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
  const spec = targets[BOXES];
  if (spec?.kind === 'boxes' && spec.shape[1] === 7) return;
  throw new UnderstoryError(
    'no-target',
    `${objective} learns the target "${BOXES}", rows of seven numbers (top, left, bottom, right, class, kind, area); the ` +
      `data has ${Object.keys(targets).join(', ') || 'none'}. Take a dataset of boxes: voc, coco or yolo.`,
  );
};

/** The first view's boxes of a stream. */
export const trueBoxes = (step: StepContext, stream: string): TrueBoxes => {
  const rows = step.target(BOXES, { stream, view: 0 }); // [B, M, 7]
  const [images = 0, most = 0] = rows.shape;
  const sides = slice(rows, [0, 0, 0], [images, most, 4]);
  const [top, left, bottom, right, label, kind] = split(rows, 7, 2).map((column) =>
    reshape(column, [images, most]),
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const area = logicalAnd(greater(bottom, top), greater(right, left));
  const real = cast(logicalAnd(area, equal(kind, BOX_KINDS.ordinary)), 'float32'); // [B, M]
  const others = cast(notEqual(kind, BOX_KINDS.ordinary), 'float32'); // [B, M]
  return {
    boxes: mul(sides, expandDims(real, 2)),
    classes: cast(label, 'int32'),
    real,
    crowds: mul(sides, expandDims(others, 2)),
  };
};
