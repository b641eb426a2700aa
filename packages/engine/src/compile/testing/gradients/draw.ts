import type { Tensor } from '@tensorflow/tfjs-core';
import { float32, int32, type NdArray } from '@understory/core';
import { noise } from '../runnerPool.ts';

/** Draws what a kernel is tried with; the same numbers for the same seed. */
export interface Draw {
  /** A whole number from `least` to `most`. */
  size(least: number, most: number): number;
  /** Numbers between two bounds. */
  numbers(shape: readonly number[], low?: number, high?: number): NdArray;
  /** Whole numbers below a bound. */
  whole(shape: readonly number[], bound: number): NdArray;
}

/** Inputs and what is done with them; the gradient goes to the float32 ones among the inputs. */
export interface GradientCase {
  readonly inputs: readonly NdArray[];
  readonly fn: (...inputs: never[]) => Tensor | Tensor[];
}

export const drawFrom = (seed: number): Draw => {
  let turn = seed * 1000;
  const next = (length: number): Float32Array => noise(length, ++turn);
  const size = (least: number, most: number): number =>
    least + (Math.floor(((next(1)[0]! + 1) / 2) * (most - least + 1)) % (most - least + 1));
  const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
  return {
    size,
    numbers: (shape, low = -2, high = 2) =>
      float32(
        next(sizeOf(shape)).map((x) => low + ((x + 1) / 2) * (high - low)),
        [...shape],
      ),
    whole: (shape, bound) =>
      int32(
        Int32Array.from(next(sizeOf(shape)), (x) => Math.min(bound - 1, Math.floor(((x + 1) / 2) * bound))),
        [...shape],
      ),
  };
};

export type Make = (draw: Draw) => GradientCase;

/** A shape of one to four sides. */
const anyShape = (draw: Draw): number[] => Array.from({ length: draw.size(1, 4) }, () => draw.size(1, 5));

export const one =
  (fn: (x: Tensor) => Tensor | Tensor[], low?: number, high?: number): Make =>
  (draw) => ({ inputs: [draw.numbers(anyShape(draw), low, high)], fn });

/** Of two tensors, the second of which has sides of 1 along which it is repeated. */
export const two =
  (fn: (a: Tensor, b: Tensor) => Tensor, low?: number, high?: number): Make =>
  (draw) => {
    const shape = anyShape(draw);
    const other = shape.slice(draw.size(0, 1)).map((side) => (draw.size(0, 2) === 0 ? 1 : side));
    return { inputs: [draw.numbers(shape, low, high), draw.numbers(other, low, high)], fn };
  };

/** Of two tensors of one shape: tfjs refuses to pass the gradient of such a kernel on to one that was repeated. */
export const alike =
  (fn: (a: Tensor, b: Tensor) => Tensor): Make =>
  (draw) => {
    const shape = anyShape(draw);
    return { inputs: [draw.numbers(shape), draw.numbers(shape)], fn };
  };

/** Of one tensor [2…5, 2…5, 2…5]. */
export const cube =
  (fn: (x: Tensor, draw: Draw) => Tensor | Tensor[]): Make =>
  (draw) => {
    const inputs = [draw.numbers([draw.size(2, 5), draw.size(2, 5), draw.size(2, 5)])];
    const settled = [draw.size(0, 1e6)];
    return { inputs, fn: (x: Tensor) => fn(x, drawFrom(settled[0]!)) };
  };

export const axisOf = (draw: Draw): number[] => [[0], [1], [2], [0, 2], [0, 1, 2]][draw.size(0, 4)]!;
