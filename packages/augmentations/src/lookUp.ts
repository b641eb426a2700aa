import {
  add,
  cast,
  concat,
  equal,
  expandDims,
  gatherND,
  logicalAnd,
  mul,
  range,
  reshape,
  scalar,
  tensor2d,
  where,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { insideBorder, type Border } from './border.ts';
import { perImage } from './pixels.ts';

/** Whole numbers up to here are exact in float32. */
const EXACT = 2 ** 24;

/** Where the new pixels come from, in pixels of the source: [B, h, 1] or [B, h, w], and [B, 1, w] or [B, h, w]. */
export interface Coordinates {
  readonly rows: Tensor;
  readonly columns: Tensor;
}

/** Positions in a batch's list of pixels [B·H·W] → int32, computed in float32 (fast on every device) where it is exact. */
const positionsOf = (images: Tensor4D, inImage: Tensor): Tensor => {
  const [batch, height, width] = images.shape;
  const pixels = height * width;
  const first = (dtype: 'float32' | 'int32'): Tensor =>
    perImage(range(0, batch * pixels, pixels, dtype), inImage.rank);
  return batch * pixels < EXACT
    ? cast(add(inImage, first('float32')), 'int32')
    : add(cast(inImage, 'int32'), first('int32'));
};

/** Takes a pixel [3] for every position; `pixels` [N, 3], `positions` [B, h, w] int32 → [B, h, w, 3]. */
const take = (pixels: Tensor, positions: Tensor): Tensor4D =>
  gatherND(pixels, expandDims(positions, 3)) as Tensor4D;

/**
 * New images made of a source's pixels: `images` [B, H, W, 3] → [B, h, w, 3]. Coordinates are whole numbers. Outside the
 * source, `fill` is taken for the border `constant`.
 */
export const lookUp = (
  images: Tensor4D,
  { rows, columns }: Coordinates,
  border: Border = 'edge',
  fill: readonly [number, number, number] = [0, 0, 0],
): Tensor4D => {
  const [, height, width] = images.shape;
  const y = insideBorder(rows, height, border);
  const x = insideBorder(columns, width, border);
  const positions = positionsOf(images, add(mul(y, width), x)); // [B, h, w]
  const pixels = reshape(images, [-1, 3]);
  if (border !== 'constant') return take(pixels, positions);
  const inside = logicalAnd(equal(y, rows), equal(x, columns)); // [B, h, w]
  const all = concat([pixels, tensor2d([...fill], [1, 3])]); // the last pixel is the fill
  return take(all, where(inside, positions, scalar(pixels.shape[0]!, 'int32')));
};
