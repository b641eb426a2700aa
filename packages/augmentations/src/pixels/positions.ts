import { add, cast, range, type Tensor } from '@tensorflow/tfjs-core';
import { perImage } from './pixels.ts';

/** Whole numbers up to here are exact in float32. */
const EXACT = 2 ** 24;

/**
 * Positions inside each image's `count` entries → positions in the whole batch's list, int32. `inImage` [B, …] float32,
 * or [1, …] where all images have the same. Computed in float32 where that is exact: GPUs have no fast int32 sums.
 */
export const batchPositions = (inImage: Tensor, batch: number, count: number): Tensor => {
  const first = (dtype: 'float32' | 'int32'): Tensor =>
    perImage(range(0, batch * count, count, dtype), inImage.rank);
  return batch * count < EXACT
    ? cast(add(inImage, first('float32')), 'int32')
    : add(cast(inImage, 'int32'), first('int32'));
};
