import {
  abs,
  add,
  addN,
  cast,
  ceil,
  concat,
  div,
  equal,
  expandDims,
  gather,
  less,
  matMul,
  maximum,
  mul,
  range,
  relu,
  reshape,
  scatterND,
  slice,
  sub,
  tidy,
  tile,
  where,
  zerosLike,
  type Rank,
  type Tensor,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  existing,
  imagesOf,
  lotsOf,
  samplesAt,
  spanOf,
  sumOf,
  type MapShapes,
  type RoiAlignOptions,
  type Rois,
} from './geometry.ts';

// As many samples in a bin as it is wide: how many that is depends on values, so they cannot be gathered one by one. But a
// bin's mean is a product with each pixel's share along either axis, and few samples lie next to a pixel, since they are more
// than half a pixel apart wherever a bin has two.

/** Samples that may lie within a pixel of another on either side are three at most; the others are for what rounding does. */
const NEAR = 6;

/** Each pixel's share of each bin along an axis, for a map of so many pixels: [r, size, pixels]. */
const sharesOf = (
  rois: Rois,
  { axis, pixels }: { readonly axis: 0 | 1; readonly pixels: number },
  shapes: MapShapes,
  options: RoiAlignOptions,
): Tensor3D => {
  const span = spanOf(rois, axis, shapes, options);
  const bin = expandDims(span.bin, 2); // [r, 1, 1]
  const samples = ceil(bin); // none where a RoI has no length
  const bins = reshape(range(0, options.size), [1, -1, 1]);
  const first = add(expandDims(span.start, 2), mul(bins, bin)); // [r, size, 1]
  const pixel = reshape(range(0, pixels), [1, 1, -1]);
  const step = div(bin, samples);
  const nearest = sub(ceil(div(sub(sub(pixel, 1), first), step)), 2); // [r, size, pixels]
  const from = maximum(nearest, 0);
  const near = Array.from({ length: NEAR }, (_, k) => {
    const sample = add(from, k);
    const position = add(first, div(mul(add(sample, 0.5), bin), samples));
    const { at, inside } = samplesAt(position, expandDims(span.pixels, 2));
    const taken = cast(less(sample, samples), 'float32');
    return mul(relu(sub(1, abs(sub(at, pixel)))), mul(inside, taken));
  });
  const some = less(zerosLike(samples), samples);
  const shares = div<Tensor3D>(addN(near), maximum(samples, 1));
  return where<Tensor3D>(some, shares, zerosLike(shares));
};

/** One level's part in what a lot of RoIs gives, which is 0 for those of other levels. */
interface Part {
  /** [r, size, H] */
  readonly rows: Tensor3D;
  /** [r, size, W] */
  readonly columns: Tensor3D;
  /** [r] int32 */
  readonly images: Tensor1D;
}

const partOf = (rois: Rois, level: number, shapes: MapShapes, options: RoiAlignOptions): Part => {
  const [, h, w] = shapes[level]!;
  const ofLevel = cast(equal(expandDims(rois.levels, 1), level), 'float32');
  const counts = expandDims(mul(ofLevel, existing(rois, shapes)), 2); // [r, 1, 1]
  return {
    rows: mul<Tensor3D>(sharesOf(rois, { axis: 0, pixels: h }, shapes, options), counts),
    columns: sharesOf(rois, { axis: 1, pixels: w }, shapes, options),
    images: reshape<Rank.R1>(imagesOf(rois, shapes), [-1]),
  };
};

/** [r, size, W] → [r, size, size, W]: products with broadcast batches are wrong in tfjs's CPU backend. */
const forEachRow = (columns: Tensor3D): Tensor => tile(expandDims(columns, 1), [1, columns.shape[1], 1, 1]);

const numbersOf = ([, h, w, c]: MapShapes[number]): number => h * w * c;

/** Maps [B, H, W, C] of each level → [R, size, size, C]. */
export const alignAdaptive = (maps: readonly Tensor4D[], rois: Rois, options: RoiAlignOptions): Tensor4D => {
  const { size } = options;
  const shapes = maps.map(({ shape }) => shape);
  const ofLevel = (map: Tensor4D, level: number): Tensor4D => {
    const [, h, w, c] = map.shape;
    const lots = lotsOf(rois, numbersOf(map.shape)).map(({ lot }) =>
      tidy(() => {
        const { rows, columns, images } = partOf(lot, level, shapes, options);
        const seen = reshape(gather(map, images), [-1, h, w * c]); // [r, H, W · C]
        const ofRows = reshape(matMul(rows, seen), [-1, size, w, c]);
        return matMul<Tensor4D>(forEachRow(columns), ofRows); // [r, size, size, C]
      }),
    );
    return concat(lots);
  };
  return sumOf([...maps.entries()], ([level, map]) => ofLevel(map, level)) as Tensor4D;
};

/** The gradients of the maps from that of what came out. */
export const alignAdaptiveGradients = (
  dy: Tensor4D,
  rois: Rois,
  shapes: MapShapes,
  options: RoiAlignOptions,
): Tensor[] =>
  shapes.map(([b, h, w, c], level) => {
    const sum = sumOf(lotsOf(rois, h * w * c), ({ from, lot }) => {
      const { rows, columns, images } = partOf(lot, level, shapes, options);
      const arrived = slice(dy, from, lot.rois.shape[0]);
      const ofRows = reshape(matMul(forEachRow(columns), arrived, true), [-1, options.size, w * c]);
      const ofPixels = matMul(rows, ofRows, true); // [r, H, W · C]
      return scatterND(expandDims(images, 1), ofPixels, [b, h, w * c]);
    });
    return reshape(sum, [b, h, w, c]);
  });
