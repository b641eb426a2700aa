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

/** Starts [B, output] and weights [B, output, K] of one axis of all images. */
const weightsOf = (name: string, intervals: readonly Interval[], lengths: Size, filter: Filter): NdArrays => {
  const [input, output] = lengths;
  const count = weightCount(input, output, filter);
  const starts = new Float32Array(intervals.length * output);
  const weights = new Float32Array(intervals.length * output * count);
  intervals.forEach((interval, b) => {
    const own = (all: Float32Array, n: number): Float32Array => all.subarray(b * n, (b + 1) * n);
    writeWeights(interval, lengths, filter, {
      starts: own(starts, output),
      weights: own(weights, output * count),
    });
  });
  return {
    [`${name}Starts`]: float32(starts, [intervals.length, output]),
    [`${name}Weights`]: float32(weights, [intervals.length, output, count]),
  };
};

/** Parameters that resize a box of each image to one size; `box` [B, 4] holds top, left, height and width. */
export const sampleBoxes = (boxes: readonly Box[], input: Size, output: Size, filter: Filter): NdArrays => ({
  box: float32(
    Float32Array.from(boxes.flatMap(({ top, left, height, width }) => [top, left, height, width])),
    [boxes.length, 4],
  ),
  ...weightsOf(
    'row',
    boxes.map(({ top, height }) => ({ start: top, length: height })),
    [input[0], output[0]],
    filter,
  ),
  ...weightsOf(
    'column',
    boxes.map(({ left, width }) => ({ start: left, length: width })),
    [input[1], output[1]],
    filter,
  ),
});

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
