import { UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { product } from './product.ts';
import { centred, columnMeans, columnsOf, transposed, unitRows, type Rows } from './rows.ts';
import type { Work } from './work.ts';

const checkPair = (first: Matrix, second: Matrix): void => {
  if (first.rows === second.rows && first.columns === second.columns) return;
  const shape = ({ rows, columns }: Matrix): string => `[${rows}, ${columns}]`;
  throw new UnderstoryError(
    'shape',
    `Two views of the same images have embeddings of one shape, and these have ${shape(first)} and ${shape(second)}.`,
  );
};

/** Mean squared distance of the unit embeddings of two views of an image (Wang and Isola 2020): 0 is no difference, 2 none in common. */
export function* alignment(first: Matrix, second: Matrix): Work<number> {
  checkPair(first, second);
  const f = unitRows(first).data;
  yield;
  const g = unitRows(second).data;
  yield;
  return f.reduce((sum, value, i) => sum + (value - g[i]!) ** 2, 0) / first.rows;
}

export interface Invariance {
  /** Mean cosine of two views of one image, after the common mean is taken away. */
  readonly same: number;
  /** Mean cosine of views of two images. */
  readonly other: number;
}

/** Mean cosines of views of one image and of two: how much more alike an image is to itself than to others. */
export function* invariance(first: Matrix, second: Matrix): Work<Invariance> {
  checkPair(first, second);
  const { rows } = first;
  const means = columnMeans(first, second);
  yield;
  const f = unitRows(centred(first, means));
  yield;
  const g = unitRows(centred(second, means));
  yield;
  const same = f.data.reduce((sum, value, i) => sum + value * g.data[i]!, 0);
  const [a, b] = [columnMeans(f), columnMeans(g)];
  const all = a.reduce((sum, value, c) => sum + value * b[c]!, 0) * rows ** 2; // of all pairs, an image's own too
  return { same: same / rows, other: (all - same) / (rows * (rows - 1)) };
}

/** Rows whose products with all rows are held at once. */
const TILE = 256;

/** All products of rows with rows, some rows at a time: [≤ 256, n], row `start` of the matrix first. */
export function* tiles(rows: Rows, visit: (tile: Rows, start: number) => void): Work<void> {
  const across = transposed(rows);
  for (let start = 0; start < rows.rows; start += TILE) {
    const count = Math.min(TILE, rows.rows - start);
    visit(yield* product(columnsOf(across, start, count), across), start);
    yield;
  }
}

/**
 * log of the mean of exp(−2‖f_i − f_j‖²) over all pairs of unit embeddings (Wang and Isola 2020): 0 where all lie in one
 * place, −4 where all stand at right angles.
 */
export function* uniformity(matrix: Matrix): Work<number> {
  const unit = unitRows(matrix);
  const { rows, columns, data } = unit;
  const squares = Float64Array.from({ length: rows }, (_, i) =>
    data.subarray(i * columns, (i + 1) * columns).reduce((sum, value) => sum + value * value, 0),
  );
  let total = 0;
  yield* tiles(unit, (tile, start) => {
    for (let i = 0; i < tile.rows; i++)
      for (let j = start + i + 1; j < rows; j++)
        total += Math.exp(-2 * (squares[start + i]! + squares[j]! - 2 * tile.data[i * rows + j]!));
  });
  return Math.log(total / ((rows * (rows - 1)) / 2));
}
