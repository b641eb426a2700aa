import {
  add,
  clipByValue,
  concat,
  floor,
  matMul,
  mul,
  reshape,
  slice,
  sub,
  transpose,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { float32, type NdArrays } from '@understory/core';
import { bandedMatrices, consecutive } from './banded.ts';
import { weightCount, writeWeights, type Filter, type Interval } from './filterWeights.ts';

type Size = readonly [number, number];

/** The part of an image that is taken, in pixels. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** A stretch of one axis of an image, and how many lines it becomes. */
interface Stretch extends Interval {
  readonly lines: number;
}

interface Room {
  /** Lines of the source. */
  readonly input: number;
  /** Most lines that a stretch becomes; those that one does not have weigh nothing. */
  readonly lines: number;
  /** Least lines that a stretch of the whole source becomes: they decide how many source lines weigh in each. */
  readonly least: number;
}

/** Starts [B, lines] and weights [B, lines, K] of one axis of all images. */
const weightsOf = (
  name: string,
  stretches: readonly Stretch[],
  { input, lines, least }: Room,
  filter: Filter,
): NdArrays => {
  const count = weightCount(input, least, filter);
  const starts = new Float32Array(stretches.length * lines);
  const weights = new Float32Array(stretches.length * lines * count);
  stretches.forEach((stretch, b) => {
    const own = (all: Float32Array, n: number): Float32Array =>
      all.subarray(b * lines * n, (b * lines + stretch.lines) * n);
    writeWeights(stretch, [input, stretch.lines], filter, {
      starts: own(starts, 1),
      weights: own(weights, count),
    });
  });
  return {
    [`${name}Starts`]: float32(starts, [stretches.length, lines]),
    [`${name}Weights`]: float32(weights, [stretches.length, lines, count]),
  };
};

/** Parameters that resize a box of each image to one size; `box` [B, 4] holds top, left, height and width. */
export const sampleBoxes = (boxes: readonly Box[], input: Size, output: Size, filter: Filter): NdArrays => {
  const [height, width] = output;
  return {
    box: float32(Float32Array.from(boxes.flatMap((box) => [box.top, box.left, box.height, box.width])), [
      boxes.length,
      4,
    ]),
    ...weightsOf(
      'row',
      boxes.map((box) => ({ start: box.top, length: box.height, lines: height })),
      { input: input[0], lines: height, least: height },
      filter,
    ),
    ...weightsOf(
      'column',
      boxes.map((box) => ({ start: box.left, length: box.width, lines: width })),
      { input: input[1], lines: width, least: width },
      filter,
    ),
  };
};

/** A side that is scaled, in whole pixels. */
export const scaledSide = (side: number, factor: number): number => Math.floor(side * factor + 0.5);

/**
 * Parameters that scale each whole image by a factor of its own, out of [least, largest] factors: `sides` [B, 2] holds the
 * heights and widths; all have as many lines as the largest factor makes, of which those beyond their own weigh nothing.
 */
export const sampleScaled = (
  factors: readonly number[],
  size: Size,
  [least, largest]: readonly [number, number],
  filter: Filter,
): NdArrays => {
  const axis = (name: string, side: number): NdArrays => {
    const stretches = factors.map((factor) => ({ start: 0, length: side, lines: scaledSide(side, factor) }));
    const lines = Math.max(side, scaledSide(side, largest));
    return weightsOf(name, stretches, { input: side, lines, least: scaledSide(side, least) }, filter);
  };
  const sides = factors.flatMap((factor) => size.map((side) => scaledSide(side, factor)));
  return {
    sides: float32(Float32Array.from(sides), [factors.length, 2]),
    ...axis('row', size[0]),
    ...axis('column', size[1]),
  };
};

const HALF = 2 ** 11;

/**
 * Sums of weights times bytes, rounded to bytes: `starts` and `weights` as sampled, `bytes` [B, n, m] → [B, output, m].
 * A weight of 22 bits goes in two halves, so that all products and sums are whole numbers that float32 holds exactly
 * (also where a GPU multiplies with 11 bits), and the result equals PIL's integers.
 */
const weigh = (starts: Tensor, weights: Tensor, bytes: Tensor3D): Tensor3D => {
  const upper = floor(mul(weights, 1 / HALF));
  const lower = sub(weights, mul(upper, HALF));
  const columns = consecutive(starts, weights.shape[2]!);
  const matrix = (part: Tensor): Tensor3D => bandedMatrices(columns, part, bytes.shape[1]);
  const sums = matMul<Tensor3D>(concat([matrix(upper), matrix(lower)], 1), bytes); // [B, 2·output, m]
  const [batch, twice, m] = sums.shape;
  const n = twice / 2;
  const of = (from: number): Tensor3D => slice(sums, [0, from, 0], [batch, n, m]);
  const total = add<Tensor3D>(add(of(0), floor(mul(of(n), 1 / HALF))), HALF / 2);
  return clipByValue(floor(mul(total, 1 / HALF)), 0, 255);
};

/**
 * Resizes the sampled boxes to bytes after each pass: [B, H, W, 3] → [B, output height, output width, 3]. Widths come
 * first, as in Pillow before 13; since then it begins with the heights where they shrink most (1 level off at times).
 */
export const resampleBoxes = (images: Tensor4D, params: Readonly<Record<string, Tensor>>): Tensor4D => {
  const [batch, height, width] = images.shape;
  const across: Tensor3D = reshape(transpose(images, [0, 2, 1, 3]), [batch, width, height * 3]);
  const narrow = weigh(params.columnStarts!, params.columnWeights!, across); // [B, w, H·3]
  const w = narrow.shape[1];
  const upright = transpose(reshape(narrow, [batch, w, height, 3]), [0, 2, 1, 3]); // [B, H, w, 3]
  const below: Tensor3D = reshape(upright, [batch, height, w * 3]);
  const down = weigh(params.rowStarts!, params.rowWeights!, below);
  return reshape(down, [batch, down.shape[1], w, 3]);
};
