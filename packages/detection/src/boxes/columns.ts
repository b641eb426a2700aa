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

/** The four columns of rows [..., 4], each [...]. Throws `bad-shape` for rows of another length. */
export const columnsOf = (what: string, rows: Tensor): Columns => {
  if (rows.rank > 0 && rows.shape.at(-1) === 4) return unstack(rows, -1) as unknown as Columns;
  throw new UnderstoryError(
    'bad-shape',
    `${what}: rows [${rows.shape.join(', ')}] must have the form [..., 4], four numbers each.`,
  );
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

/** Columns [..., N] as [..., N, 1], to be paired with a row. */
export const asColumn = (x: Tensor): Tensor => expandDims(x, -1);

/** Columns [..., M] as [..., 1, M], to be paired with a column. */
export const asRow = (x: Tensor): Tensor => expandDims(x, -2);
