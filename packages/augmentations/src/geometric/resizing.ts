import { add, div, expandDims, floor, mul, neg, range, split, type Tensor } from '@tensorflow/tfjs-core';
import { lookUp } from '../pixels/lookUp.ts';
import { divideExactly } from '../pixels/pixels.ts';
import type { Movement } from './moving.ts';

/** Top, left, height and width of boxes [B, 4], each [B, 1]. */
const partsOf = (boxes: Tensor): [Tensor, Tensor, Tensor, Tensor] =>
  split(boxes, 4, 1) as [Tensor, Tensor, Tensor, Tensor];

/** The source line under the middle of each of `count` new ones that a stretch [B, 1] becomes → [B, count]. */
const linesUnder = (start: Tensor, length: Tensor, count: number): Tensor => {
  const middles = range(1, 2 * count, 2, 'float32'); // in halves of a new line
  return add(start, floor(divideExactly(mul(length, middles), 2 * count)));
};

/** How targets go with boxes of images that `resampleBoxes` resizes. A new pixel has the class that lies under its middle. */
export const resizing: Movement = {
  map: (map, { box, rowStarts, columnStarts }) => {
    const [top, left, height, width] = partsOf(box!);
    return lookUp(map, {
      rows: expandDims(linesUnder(top, height, rowStarts!.shape[1]!), 2),
      columns: expandDims(linesUnder(left, width, columnStarts!.shape[1]!), 1),
    });
  },
  points: ({ box, rowStarts, columnStarts }) => {
    const [top, left, height, width] = partsOf(box!);
    const across = div(columnStarts!.shape[1]!, width);
    const down = div(rowStarts!.shape[1]!, height);
    return [across, 0, neg(mul(left, across)), 0, down, neg(mul(top, down))];
  },
};
