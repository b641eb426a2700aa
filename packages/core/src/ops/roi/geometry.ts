import {
  add,
  cast,
  div,
  expandDims,
  gather,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  maximum,
  minimum,
  mul,
  slice,
  sub,
  tensor1d,
  tidy,
  where,
  zerosLike,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '../../errors.ts';

export interface RoiAlignOptions {
  /** Pixels of the image for each pixel of a level's map. */
  readonly strides: readonly number[];
  /** Bins along each side of what comes out. */
  readonly size: number;
  /** Samples along each side of a bin; 0: as many as a bin is wide in pixels of the map, rounded up. */
  readonly samples: number;
  /** Whether a pixel's centre lies at half (its first version had it at 0, and RoIs at least one pixel wide). */
  readonly aligned: boolean;
}

/** [B, H, W, C] of each level. */
export type MapShapes = readonly (readonly [number, number, number, number])[];

/** RoIs that are dealt with at once. */
export interface Rois {
  /** [r, 5] image, top, left, bottom, right */
  readonly rois: Tensor2D;
  /** [r] int32 */
  readonly levels: Tensor1D;
}

/** RoIs along one axis, in pixels of their level's map; all [r, 1]. */
export interface Span {
  readonly start: Tensor;
  /** Length of a bin. */
  readonly bin: Tensor;
  /** Pixels of the map along this axis. */
  readonly pixels: Tensor;
}

const column = (rois: Tensor2D, at: number): Tensor => slice(rois, [0, at], [-1, 1]); // [r, 1]

/** Numbers of the levels by each RoI's level; one of none takes that of the nearest. → [r, 1] */
export const byLevel = (
  numbers: readonly number[],
  levels: Tensor1D,
  dtype: 'float32' | 'int32' = 'float32',
): Tensor => {
  const known = minimum(maximum(levels, 0), numbers.length - 1);
  return expandDims(gather(tensor1d([...numbers], dtype), cast(known, 'int32')), 1);
};

/** Where RoIs lie along an axis, 0 vertical or 1 horizontal, in torchvision's order of operations. */
export const spanOf = (
  { rois, levels }: Rois,
  axis: 0 | 1,
  shapes: MapShapes,
  options: RoiAlignOptions,
): Span => {
  const scale = byLevel(
    options.strides.map((stride) => 1 / stride),
    levels,
  );
  const shift = options.aligned ? 0.5 : 0;
  const start = sub(mul(column(rois, 1 + axis), scale), shift);
  const length = sub(sub(mul(column(rois, 3 + axis), scale), shift), start);
  const bin = div(options.aligned ? length : maximum(length, 1), options.size);
  const pixels = byLevel(
    shapes.map((shape) => shape[1 + axis]!),
    levels,
  );
  return { start, bin, pixels };
};

const within = (x: Tensor, count: number): Tensor => logicalAnd(greaterEqual(x, 0), less(x, count));

/** 1 where a RoI is of a level and an image that exist, else 0. → [r, 1] */
export const existing = ({ rois, levels }: Rois, shapes: MapShapes): Tensor => {
  const ofImages = within(column(rois, 0), shapes[0]![0]);
  return cast(logicalAnd(ofImages, within(expandDims(levels, 1), shapes.length)), 'float32');
};

/** The image of each RoI, and the first for a RoI of none. → [r, 1] int32 */
export const imagesOf = ({ rois }: Rois, shapes: MapShapes): Tensor => {
  const image = column(rois, 0);
  return cast(where(within(image, shapes[0]![0]), image, zerosLike(image)), 'int32');
};

/** Samples along an axis, of any number of dimensions that begins with the RoIs. */
export interface Samples {
  /** In pixels of the map, moved to the nearest that there is. */
  readonly at: Tensor;
  /** 1; 0 for those more than one pixel outside the map, which count as 0, and for what is not a number. */
  readonly inside: Tensor;
}

/** Samples at positions along an axis; `pixels` of the map as a tensor that fits them. */
export const samplesAt = (position: Tensor, pixels: Tensor): Samples => {
  const inside = logicalAnd(greaterEqual(position, -1), lessEqual(position, pixels));
  const known = where(inside, position, zerosLike(position));
  return { at: minimum(maximum(known, 0), sub(pixels, 1)), inside: cast(inside, 'float32') };
};

/** The sum of tensors that are made one after the other. */
export const sumOf = <T>(parts: readonly T[], make: (part: T) => Tensor): Tensor => {
  let sum: Tensor | undefined;
  for (const part of parts) {
    const before = sum;
    sum = tidy(() => (before ? add(before, make(part)) : make(part)));
    before?.dispose();
  }
  if (sum) return sum;
  throw new UnderstoryError('invalid-value', 'A sum of no tensors is asked for.');
};

/** RoIs in lots of so many that none takes more than 64 MB for each of the tensors that it makes. */
export const lotsOf = (
  { rois, levels }: Rois,
  numbersEach: number,
): { readonly from: number; readonly lot: Rois }[] => {
  const count = rois.shape[0];
  const most = Math.max(1, Math.floor(2 ** 24 / numbersEach));
  return Array.from({ length: Math.ceil(count / most) }, (_, i) => {
    const from = i * most;
    const length = Math.min(most, count - from);
    return { from, lot: { rois: slice(rois, [from, 0], [length, 5]), levels: slice(levels, from, length) } };
  });
};
