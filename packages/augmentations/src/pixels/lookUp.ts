import {
  add,
  cast,
  concat,
  equal,
  expandDims,
  gatherND,
  logicalAnd,
  mul,
  reshape,
  scalar,
  tensor1d,
  tensor2d,
  where,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { lookUpByKernel } from '@understory/core';
import { insideBorder, type Border } from './border.ts';
import { batchPositions } from './positions.ts';

/** Where the new pixels come from, in pixels of the source: both [B, h, w], where any may be 1. */
export interface Coordinates {
  readonly rows: Tensor;
  readonly columns: Tensor;
  /** Which image of the batch they lie in, [B, h, w] whole numbers; each new image's own where nothing is said. */
  readonly image?: Tensor;
}

/** Takes a pixel [C] for every position; `pixels` [N, C], `positions` [B, h, w] int32 → [B, h, w, C]. */
const take = (pixels: Tensor, positions: Tensor): Tensor4D =>
  gatherND(pixels, expandDims(positions, 3)) as Tensor4D;

/** [h, w] as [1, h, w]. */
const ofRankThree = (at: Tensor): Tensor => (at.rank === 2 ? expandDims(at, 0) : at);

/**
 * New images made of a source's pixels: `images` [B, H, W, C] → [B, h, w, C] of the same type. Coordinates are whole
 * numbers. Outside the source, `fill` [C] is taken for the border `constant`.
 */
export const lookUp = (
  images: Tensor4D,
  { rows, columns, image }: Coordinates,
  border: Border = 'edge',
  fill: readonly number[] = [0, 0, 0],
): Tensor4D => {
  const [batch, height, width, channels] = images.shape;
  const y = insideBorder(rows, height, border);
  const x = insideBorder(columns, width, border);
  const isOpen = border === 'constant';
  const known = image
    ? undefined
    : lookUpByKernel({
        images,
        rows: ofRankThree(isOpen ? rows : y),
        columns: ofRankThree(isOpen ? columns : x),
        fill: tensor1d([...fill], images.dtype),
      });
  if (known) return known;
  const inImage = add(mul(y, width), x); // [B, h, w]
  const positions = image
    ? add(cast(inImage, 'int32'), mul(cast(image, 'int32'), scalar(height * width, 'int32')))
    : batchPositions(inImage, batch, height * width);
  const pixels = reshape(images, [-1, channels]);
  if (border !== 'constant') return take(pixels, positions);
  const inside = logicalAnd(equal(y, rows), equal(x, columns)); // [B, h, w]
  const all = concat([pixels, tensor2d([...fill], [1, channels], images.dtype)]); // the last pixel is the fill
  return take(all, where(inside, positions, scalar(pixels.shape[0], 'int32')));
};
