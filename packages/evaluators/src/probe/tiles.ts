import { matMul, tensor2d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { Matrix } from '../matrix.ts';
import { standardised, type Scale } from './standardise.ts';

/** Rows of standardised features X [rows, D], and the two products that a linear classifier needs. */
export interface Tile {
  readonly from: number;
  readonly rows: number;
  /** X·W [rows · C] of W [D · C]. */
  logits(weights: Float64Array): Promise<ArrayLike<number>>;
  /** Xᵀ·R [D · C] of R [rows · C]. */
  gradient(residuals: Float64Array): Promise<ArrayLike<number>>;
  dispose(): void;
}

export interface Tiles {
  readonly tiles: readonly Tile[];
  /** What rounding may add to a mean of losses, as a share of it. */
  readonly rounding: number;
}

/** Most multiply-adds of a product in plain float64, and of a tile's in tensors: a few ms either way. */
const PLAIN = 2 ** 21;
const TENSOR = 2 ** 27;

/** A tile in float64, row after row. */
const plainTile = (x: Float64Array, rows: number, classes: number): Tile => {
  const columns = x.length / rows;
  const walk = (visit: (row: number, column: number, value: number) => void): void =>
    x.forEach((value, i) => visit(Math.floor(i / columns), i % columns, value));
  return {
    from: 0,
    rows,
    logits(weights) {
      const z = new Float64Array(rows * classes);
      walk((row, column, value) => {
        for (let c = 0; c < classes; c++) z[row * classes + c]! += value * weights[column * classes + c]!;
      });
      return Promise.resolve(z);
    },
    gradient(residuals) {
      const g = new Float64Array(columns * classes);
      walk((row, column, value) => {
        for (let c = 0; c < classes; c++) g[column * classes + c]! += value * residuals[row * classes + c]!;
      });
      return Promise.resolve(g);
    },
    dispose: () => undefined,
  };
};

const valuesOf = async (made: Tensor): Promise<ArrayLike<number>> => {
  try {
    return await made.data();
  } finally {
    made.dispose();
  }
};

const matrix = (values: Float64Array, rows: number) =>
  tensor2d(Float32Array.from(values), [rows, values.length / rows]);

/** A tile in float32 on tfjs's backend. */
const tensorTile = (x: Float64Array, from: number, rows: number): Tile => {
  const features = matrix(x, rows);
  const columns = x.length / rows;
  return {
    from,
    rows,
    logits: (weights) => valuesOf(tidy(() => matMul(features, matrix(weights, columns)))),
    gradient: (residuals) => valuesOf(tidy(() => matMul(features, matrix(residuals, rows), true))),
    dispose: () => features.dispose(),
  };
};

/** Standardised features as tiles: one in float64 where that takes no time, else as many of tensors as keep turns short. */
export const tilesOf = (features: Matrix, scale: Scale, classes: number): Tiles => {
  const { rows, columns } = features;
  if (rows * columns * classes <= PLAIN)
    return { tiles: [plainTile(standardised(features, scale, 0, rows), rows, classes)], rounding: 1e-14 };
  const most = Math.max(1, Math.floor(TENSOR / (columns * classes)));
  const tiles: Tile[] = [];
  for (let from = 0; from < rows; from += most) {
    const to = Math.min(rows, from + most);
    tiles.push(tensorTile(standardised(features, scale, from, to), from, to - from));
  }
  return { tiles, rounding: 1e-9 };
};
