import { slice, tensor2d, tile, where, reshape, type Tensor } from '@tensorflow/tfjs-core';
import type { DrawnParams, SpatialTarget } from '@understory/core';
import type { Size } from '../sizes.ts';
import { hasArea } from './moveBoxes.ts';

/** The whole image as a box [1, 4]. */
const wholeOf = ([height, width]: Size): Tensor => tensor2d([[0, 0, height, width]]);

/**
 * What was drawn, and with it where the pictures lie in their images (`picture` [B, 4] top, left, bottom, right), where a target
 * says so. An image that shows nothing of its picture counts as one that is full of it.
 */
export const withPicture = (
  params: DrawnParams,
  known: readonly SpatialTarget[],
  size: Size,
): DrawnParams => {
  const frame = known.find(({ spec }) => spec.around === 'picture')?.target; // [B, 1, 6]
  if (!frame) return params;
  const batch = frame.shape[0];
  const sides = reshape(slice(frame, [0, 0, 0], [-1, 1, 4]), [batch, 4]);
  const shown = tile(reshape(hasArea(frame), [batch, 1]), [1, 4]);
  return { ...params, picture: where(shown, sides, tile(wholeOf(size), [batch, 1])) };
};

/** Where the pictures lie: [B, 4], or [1, 4] where nobody said, which is the whole image. */
export const pictureOf = ({ picture }: DrawnParams, size: Size): Tensor => picture ?? wholeOf(size);
