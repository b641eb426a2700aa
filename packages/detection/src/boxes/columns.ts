import {
  concat,
  expandDims,
  lessEqual,
  max,
  abs,
  stack,
  tidy,
  unstack,
  where,
  zerosLike,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';

/** Top, left, bottom and right, or any four numbers of a row. */
export type Columns = readonly [Tensor, Tensor, Tensor, Tensor];

/** Throws `bad-shape` for rows of other than four numbers. */
export const requireFour = (what: string, rows: Tensor): void => {
  if (rows.rank > 0 && rows.shape.at(-1) === 4) return;
  throw new UnderstoryError(
    'bad-shape',
    `${what}: rows [${rows.shape.join(', ')}] must have the form [..., 4], four numbers each.`,
  );
};

/** A list of four tensors, as such. */
export const fourOf = ([first, second, third, fourth]: readonly Tensor[]): Columns => {
  if (first && second && third && fourth) return [first, second, third, fourth];
  throw new UnderstoryError('bad-shape', 'Boxes have four columns each.');
};

/** The four columns of rows [..., 4], each [...]. Throws `bad-shape` for rows of another length. */
export const columnsOf = (what: string, rows: Tensor): Columns => {
  requireFour(what, rows);
  return fourOf(unstack(rows, -1));
};

/** Rows [..., 4] of four columns [...]. */
export const rowsOf = (columns: readonly Tensor[]): Tensor => stack([...columns], -1);

/** No picture is larger than this many pixels; areas of such boxes are still far from float32's largest number. */
const FARTHEST = 1e9;

/** Whether all four numbers of boxes [..., 4] are some that a picture has: [...] bool; none is NaN. */
export const areSound = (boxes: Tensor): Tensor => lessEqual(max(abs(boxes), -1), FARTHEST);

/** Boxes [..., 4] with those that hold NaN, or a number beyond any picture, turned into boxes of zeros, which have no area. */
export const soundBoxes = <T extends Tensor>(boxes: T): T =>
  tidy(() => {
    const within = expandDims(areSound(boxes), -1); // [..., 1]
    return where(concat([within, within, within, within], -1), boxes, zerosLike(boxes));
  });
