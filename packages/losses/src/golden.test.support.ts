import { readFileSync } from 'node:fs';
import {
  add,
  addN,
  grads,
  memory,
  mul,
  sum,
  tensor,
  tidy,
  valueAndGrad,
  type Rank,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { streamTensor } from '@understory/core/testing';
import { expect } from 'vitest';

interface Input {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32';
  readonly data: number[];
}

/** A loss's value and gradients, made by a script in `testdata/` with PyTorch in float64. */
export interface Golden {
  readonly loss: string;
  readonly name: string;
  readonly options: Record<string, unknown>;
  readonly inputs: Record<string, Input>;
  readonly value: number;
  readonly gradients: Record<string, number[]>;
}

export const goldens = (file: string): Golden[] =>
  JSON.parse(readFileSync(new URL(`../testdata/${file}`, import.meta.url), 'utf8')) as Golden[];

/** T(shape, seed) of the golden numbers. */
export const stream = (shape: readonly number[], seed: number): Tensor2D =>
  streamTensor(shape, seed) as Tensor2D;

export const numberOf = (value: Scalar): number => value.dataSync()[0]!;

export const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

/** Largest difference, relative to the largest expected entry; `floor` is what counts as one where all expected are 0. */
export const relativeError = (
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  floor = 1e-30,
): number => {
  const scale = Math.max(floor, ...Array.from(expected, Math.abs));
  return Math.max(...Array.from(expected, (e, i) => Math.abs(actual[i]! - e))) / scale;
};

/** A loss of named tensors, evaluated with its gradients for the float inputs. */
export const evaluate = (
  loss: (inputs: Record<string, Tensor>) => Scalar,
  inputs: Record<string, Tensor>,
): { value: number; gradients: Record<string, Float32Array> } => {
  const names = Object.keys(inputs).filter((k) => inputs[k]!.dtype === 'float32');
  const of = (floats: Tensor[]): Scalar =>
    loss({ ...inputs, ...Object.fromEntries(names.map((name, i) => [name, floats[i]!])) });
  return tidy(() => {
    // Inputs that a loss takes as constants have gradient 0; adding them times 0 makes them part of the function.
    const linked = (...floats: Tensor[]): Scalar => add(of(floats), addN(floats.map((x) => mul(sum(x), 0))));
    const values = grads(linked)(names.map((name) => inputs[name]!));
    const gradients = names.map((name, i) => [name, values[i]!.dataSync<'float32'>()] as const);
    return { value: numberOf(loss(inputs)), gradients: Object.fromEntries(gradients) };
  });
};

/** Largest relative error of any row: a long row must not hide the error of a short one. */
const errorOfRows = (actual: Float32Array, expected: number[], width: number, floor: number): number => {
  const starts = Array.from({ length: expected.length / width }, (_, r) => r * width);
  const part = (a: Float32Array | number[], from: number): ArrayLike<number> => a.slice(from, from + width);
  return Math.max(...starts.map((at) => relativeError(part(actual, at), part(expected, at), floor)));
};

/** Checks a golden case: value and every row of every gradient within `tolerance`, relative to the row's largest entry. */
export const expectGolden = (
  golden: Golden,
  loss: (inputs: Record<string, Tensor>) => Scalar,
  { tolerance = 1e-5, floor = 1e-30 } = {},
): void => {
  const inputs = Object.fromEntries(
    Object.entries(golden.inputs).map(([k, v]) => [k, tensor(v.data, v.shape, v.dtype)]),
  );
  const { value, gradients } = evaluate(loss, inputs);
  expect(
    relativeError([value], [golden.value], 1e-6),
    `value ${value}, expected ${golden.value}`,
  ).toBeLessThan(tolerance);
  for (const [name, expected] of Object.entries(golden.gradients)) {
    const error = errorOfRows(gradients[name]!, expected, golden.inputs[name]!.shape.at(-1)!, floor);
    expect(error, `gradient for ${name}`).toBeLessThan(tolerance);
  }
};

/** The value and gradient of a loss of one matrix. */
export const valueAndGradient = (
  loss: (x: Tensor2D) => Scalar,
  x: Tensor2D,
): { value: number; gradient: Float32Array } =>
  tidy(() => {
    const { value, grad } = valueAndGrad(loss)(x);
    return { value: numberOf(value), gradient: grad.dataSync() as Float32Array };
  });

/** Tensors that a call leaves behind besides its result. */
export const leaked = (call: () => Tensor): number => {
  const before = memory().numTensors;
  const result = call();
  const after = memory().numTensors;
  result.dispose();
  return after - before - 1;
};

/** A matrix as plain rows, for tests that write an equation as a loop in float64. */
export const rowsOf = (x: Tensor2D): number[][] => x.arraySync();

/** Plain rows of unit length. */
export const unit = (rows: readonly number[][]): number[][] =>
  rows.map((row) => {
    const length = Math.max(Math.hypot(...row), 1e-12);
    return row.map((v) => v / length);
  });

/** The slope of `f` at `x` along `way`, by a central difference in float64. */
export const slopeOf = (f: (x: number[][]) => number, x: number[][], way: number[][], h = 1e-5): number => {
  const at = (t: number): number => f(x.map((row, i) => row.map((v, j) => v + t * way[i]![j]!)));
  return (at(h) - at(-h)) / (2 * h);
};

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((s, v, i) => s + v * b[i]!, 0);

export const ids = (...values: number[]): Tensor1D => tensor<Rank.R1>(values, [values.length], 'int32');
