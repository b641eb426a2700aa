import {
  add,
  cast,
  div,
  expandDims,
  gatherND,
  range,
  reshape,
  slice,
  tensor,
  tile,
  topk,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { TargetSpec } from '@understory/core';
import { areaOf, moveBoxes } from '../pixels/moveBoxes.ts';
import type { Size } from '../sizes.ts';
import { ofParts, PARTS, quartersOf, type Layout } from './mosaicLayout.ts';

interface Moving {
  readonly size: Size;
  /** Share of a box's area that must be left. */
  readonly keep: number;
  readonly spec: TargetSpec;
}

/** Boxes of all four parts where they went: [B, M, C] → [B, 4M, C]. */
const moveParts = (boxes: Tensor, layout: Layout, { size, keep, spec }: Moving): Tensor => {
  const [batch, count, columns] = boxes.shape as [number, number, number];
  const parts = ofParts(reshape(boxes, [batch, count * columns]), layout.image);
  const each = (numbers: Tensor): Tensor => reshape(numbers, [batch * PARTS]);
  const moved = moveBoxes(
    reshape(parts, [batch * PARTS, count, columns]),
    [
      div(each(layout.width), size[1]),
      0,
      each(layout.across),
      0,
      div(each(layout.height), size[0]),
      each(layout.down),
    ],
    reshape(quartersOf(layout, size), [batch * PARTS, 4]),
    { keep, around: spec.around },
  );
  return reshape(moved, [batch, PARTS * count, columns]);
};

/** The `count` largest boxes of each image, largest first: [B, n, C] → [B, count, C]. */
const largest = (boxes: Tensor, count: number): Tensor => {
  const [batch, n, columns] = boxes.shape as [number, number, number];
  const { indices } = topk(reshape(areaOf(boxes), [batch, n]), count);
  const starts = expandDims(range(0, batch * n, n, 'int32'), 1);
  return gatherND(reshape(boxes, [batch * n, columns]), expandDims(add(cast(indices, 'int32'), starts), 2));
};

/** The whole image as its own picture, as large as it is: [B, 1, C]. */
const wholeFrame = (frame: Tensor, [height, width]: Size): Tensor => {
  const [batch, count, columns] = frame.shape as [number, number, number];
  const known = tensor([0, 0, height, width, height, width], [1, 1, 6]);
  return tile(slice(known, [0, 0, 0], [1, 1, columns]), [batch, count, 1]);
};

/** Boxes [B, M, C] of mosaics: the M largest of what is left of the four images'. A picture's own box is the whole image. */
export const moveMosaicBoxes = (boxes: Tensor, layout: Layout, moving: Moving): Tensor =>
  moving.spec.around === 'picture'
    ? wholeFrame(boxes, moving.size)
    : largest(moveParts(boxes, layout, moving), boxes.shape[1]!);
