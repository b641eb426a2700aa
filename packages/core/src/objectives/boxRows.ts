import { cast, equal, greater, logicalAnd, reshape, slice, split, type Tensor } from '@tensorflow/tfjs-core';
import type { Targets } from '../contracts/dataset.ts';
import { BOX_KINDS, BOXES, boxesSpec } from '../data/boxes.ts';

const COLUMNS = boxesSpec(1).shape.at(-1) ?? 0;

/** Whether samples have the target `boxes`, in rows as `boxesSpec` has them. */
export const hasBoxes = ({ [BOXES]: spec }: Targets): boolean =>
  spec?.kind === 'boxes' && spec.shape[1] === COLUMNS;

/** What rows of the target `boxes` hold. */
export interface BoxRows {
  /** [B, M, 4] top, left, bottom, right */
  readonly sides: Tensor;
  /** [B, M] int32 */
  readonly classes: Tensor;
  /** [B, M] 1 where a row is of the kind `ordinary`, a padding row too; 0 for crowds and difficult boxes. */
  readonly ordinary: Tensor;
  /** [B, M] 1 where a row is an ordinary box with an area: what can be learned; else 0. */
  readonly real: Tensor;
}

/** Reads rows [B, M, 7] of the target `boxes` inside a step; what it makes is the step's to tidy. */
export const readBoxRows = (rows: Tensor): BoxRows => {
  const [images = 0, most = 0] = rows.shape;
  const [top, left, bottom, right, label, kind] = split(rows, COLUMNS, 2).map((column: Tensor) =>
    reshape(column, [images, most]),
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const area = logicalAnd(greater(bottom, top), greater(right, left));
  const isOrdinary = equal(kind, BOX_KINDS.ordinary);
  return {
    sides: slice(rows, [0, 0, 0], [images, most, 4]),
    classes: cast(label, 'int32'),
    ordinary: cast(isOrdinary, 'float32'),
    real: cast(logicalAnd(area, isOrdinary), 'float32'),
  };
};
