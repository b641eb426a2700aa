import {
  add,
  cast,
  concat,
  expandDims,
  floor,
  gather,
  minimum,
  mul,
  reshape,
  scatterND,
  slice,
  split,
  sub,
  tensor2d,
  type Rank,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  byLevel,
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

// A fixed number of samples in each bin: pixels are gathered from a table of all levels, four for each sample.

/** Along one axis: a pixel for each bin, and its share of the bin's mean. Both [r, size]. */
interface Point {
  readonly pixel: Tensor;
  readonly weight: Tensor;
}

/** The pixels before and behind each sample. */
const pointsOf = (rois: Rois, axis: 0 | 1, shapes: MapShapes, options: RoiAlignOptions): Point[] => {
  const { size, samples } = options;
  const { start, bin, pixels } = spanOf(rois, axis, shapes, options);
  return Array.from({ length: samples }, (_, k) => {
    const bins = tensor2d(
      Array.from({ length: size }, (__, i) => i),
      [1, size],
    );
    const first = add(start, mul(bins, bin)); // [r, size]
    const { at, inside } = samplesAt(add(first, mul(bin, (k + 0.5) / samples)), pixels);
    const low = floor(at);
    const behind = mul(sub(at, low), mul(inside, 1 / samples));
    const high = minimum(add(low, 1), sub(pixels, 1));
    const before = sub(mul(inside, 1 / samples), behind);
    return [
      { pixel: cast(low, 'int32'), weight: before },
      { pixel: cast(high, 'int32'), weight: behind },
    ];
  }).flat();
};

/** For each bin of each RoI a row of the table, and its share of the bin's mean. */
interface Tap {
  /** [r · size²] int32 */
  readonly rows: Tensor;
  /** [r · size², 1] */
  readonly weights: Tensor;
}

const tapsOf = (rois: Rois, shapes: MapShapes, options: RoiAlignOptions): (() => Tap)[] => {
  const areas = shapes.map(([, h, w]) => h * w);
  const ofLevel = shapes.map(([b], i) => b * areas.slice(0, i).reduce((sum, area) => sum + area, 0));
  const integers = (numbers: readonly number[]): Tensor => byLevel(numbers, rois.levels, 'int32'); // [r, 1]
  const first = add(integers(ofLevel), mul(imagesOf(rois, shapes), integers(areas)));
  const width = integers(shapes.map((shape) => shape[2]));
  const known = existing(rois, shapes);
  const ys = pointsOf(rois, 0, shapes, options).map(({ pixel, weight }) => ({
    row: add(first, mul(pixel, width)), // [r, size]
    weight: mul(weight, known),
  }));
  const xs = pointsOf(rois, 1, shapes, options);
  return ys.flatMap((y) =>
    xs.map((x) => () => ({
      rows: reshape(add(expandDims(y.row, 2), expandDims(x.pixel, 1)), [-1]),
      weights: reshape(mul(expandDims(y.weight, 2), expandDims(x.weight, 1)), [-1, 1]),
    })),
  );
};

/** Maps [B, H, W, C] of each level → [R, size, size, C]. */
export const alignSampled = (maps: readonly Tensor4D[], rois: Rois, options: RoiAlignOptions): Tensor4D => {
  const { size } = options;
  const shapes = maps.map(({ shape }) => shape);
  const channels = shapes[0]![3];
  const table = concat(maps.map((map) => reshape(map, [-1, channels])));
  const lots = lotsOf(rois, size ** 2 * channels).map(({ lot }) => {
    const sum = sumOf(tapsOf(lot, shapes, options), (tap) => {
      const { rows, weights } = tap();
      return mul(gather(table, rows), weights);
    });
    return reshape<Rank.R4>(sum, [-1, size, size, channels]);
  });
  return concat(lots);
};

/** The gradients of the maps from that of what came out. */
export const alignSampledGradients = (
  dy: Tensor4D,
  rois: Rois,
  shapes: MapShapes,
  options: RoiAlignOptions,
): Tensor[] => {
  const channels = dy.shape[3];
  const lengths = shapes.map(([b, h, w]) => b * h * w);
  const table: [number, number] = [lengths.reduce((sum, length) => sum + length, 0), channels];
  const sum = sumOf(lotsOf(rois, options.size ** 2 * channels), ({ from, lot }) => {
    const count = lot.rois.shape[0];
    const arrived = reshape<Rank.R2>(slice(dy, from, count), [-1, channels]);
    return sumOf(tapsOf(lot, shapes, options), (tap) => {
      const { rows, weights } = tap();
      return scatterND(expandDims(rows, 1), mul(arrived, weights), table);
    });
  });
  return split(sum, lengths).map((part, i) => reshape(part, [...shapes[i]!]));
};
