import {
  add,
  cast,
  concat,
  expandDims,
  floor,
  gatherND,
  greaterEqual,
  minimum,
  mul,
  ones,
  range,
  reshape,
  split,
  sub,
  where,
  zeros,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { DrawnParams } from '@understory/core';
import { pictureOf } from '../pixels/picture.ts';
import { divideExactly } from '../pixels/pixels.ts';
import type { Size } from '../sizes.ts';

/** The four parts of a mosaic, row by row. */
export const PARTS = 4;

/** Where the parts of all mosaics come from and go to. All but `centre` are [B, 4], a number a part. */
export interface Layout {
  /** Number of the image in the batch. */
  readonly image: Tensor;
  /** Height and width of the whole scaled image. */
  readonly height: Tensor;
  readonly width: Tensor;
  /** Line and column of the mosaic on which the scaled image begins; may lie outside. */
  readonly down: Tensor;
  readonly across: Tensor;
  /** Line and column where the parts meet: [B, 1] each. */
  readonly centre: readonly [Tensor, Tensor];
}

/** Each image, then three others of its batch; itself where it is alone. `partners` [B, 3] uniform numbers → [B, 4]. */
const imagesOf = (partners: Tensor): Tensor => {
  const batch = partners.shape[0];
  const own = expandDims(range(0, batch, 1, 'float32'), 1);
  const others = minimum(floor(mul(partners, batch - 1)), Math.max(0, batch - 2)); // the number may round to 1
  const next = add(add(own, 1), others);
  const around = sub(next, mul(cast(greaterEqual(next, batch), 'float32'), batch));
  return concat([own, around], 1);
};

/** Rows [B, n] of the images of each part: [B, 4, n]. */
export const ofParts = (rows: Tensor, image: Tensor): Tensor =>
  gatherND(rows, expandDims(cast(image, 'int32'), 2));

/** A side of each image, scaled as the image: [B, 1], whole. */
const scaled = (side: Tensor, length: Tensor, before: number): Tensor =>
  floor(add(divideExactly(mul(side, length), before), 0.5));

/** The corner of each picture that is nearest to the middle lies in the centre; what is beyond a part's own quarter is cut. */
export const layoutOf = (params: DrawnParams, size: Size): Layout => {
  const batch = params.sides!.shape[0];
  const image = imagesOf(params.partners!);
  const [h, w] = split(params.sides!, 2, 1) as [Tensor, Tensor];
  const [top, left, bottom, right] = split(pictureOf(params, size), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const corners = [
    scaled(top, h, size[0]),
    scaled(left, w, size[1]),
    scaled(bottom, h, size[0]),
    scaled(right, w, size[1]),
  ];
  const rows = concat([h, w, ...corners], 1); // [B, 6]
  const columns = split(ofParts(rows, image), 6, 2).map((column) => reshape(column, [batch, PARTS]));
  const [height, width, low, from, high, to] = columns as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const [y, x] = split(params.centre!, 2, 1) as [Tensor, Tensor];
  const pick = (flags: readonly number[], yes: Tensor, no: Tensor): Tensor =>
    concat(
      flags.map((flag, i) => split(flag ? yes : no, PARTS, 1)[i]!),
      1,
    );
  return {
    image,
    height,
    width,
    down: sub(y, pick([1, 1, 0, 0], high, low)),
    across: sub(x, pick([1, 0, 1, 0], to, from)),
    centre: [y, x],
  };
};

/** The number [B, 4] of the part to which each pixel belongs: [B, H, W]. */
export const atPixels = (numbers: Tensor, { centre: [y, x] }: Layout, [height, width]: Size): Tensor => {
  const below = expandDims(greaterEqual(range(0, height, 1, 'float32'), y), 2); // [B, H, 1]
  const beside = expandDims(greaterEqual(range(0, width, 1, 'float32'), x), 1); // [B, 1, W]
  const [a, b, c, d] = split(numbers, PARTS, 1).map((n) => expandDims(n, 2)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  return where(below, where(beside, d, c), where(beside, b, a));
};

/** The quarters of each mosaic, [B, 4, 4]: top, left, bottom, right of each part. */
export const quartersOf = ({ centre: [y, x] }: Layout, [height, width]: Size): Tensor => {
  const none = zeros([y.shape[0], 1]);
  const [end, edge] = [mul(ones(none.shape), height), mul(ones(none.shape), width)];
  const rows = [none, none, y, x, none, x, y, edge, y, none, end, x, y, x, end, edge];
  return reshape(concat(rows, 1), [-1, PARTS, 4]);
};
