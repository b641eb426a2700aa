import type { Matrix } from '../matrix.ts';
import type { Rows } from './rows.ts';
import type { Work } from './work.ts';

/** Multiplications between two stops: some milliseconds. */
const PIECE = 4e6;

/** Adds what four rows of `x` and `y` come to: a sum of four products for each number of the result that is read and written. */
const addFour = (
  out: Float64Array,
  { data: x, columns: a }: Matrix,
  { data: y, columns: b }: Matrix,
  row: number,
): void => {
  const [y0, y1, y2, y3] = [row * b, (row + 1) * b, (row + 2) * b, (row + 3) * b];
  for (let i = 0; i < a; i++) {
    const at = row * a + i;
    const [x0, x1, x2, x3] = [x[at]!, x[at + a]!, x[at + 2 * a]!, x[at + 3 * a]!];
    if (x0 === 0 && x1 === 0 && x2 === 0 && x3 === 0) continue;
    const to = i * b;
    for (let j = 0; j < b; j++)
      out[to + j]! += x0 * y[y0 + j]! + x1 * y[y1 + j]! + x2 * y[y2 + j]! + x3 * y[y3 + j]!;
  }
};

const addOne = (
  out: Float64Array,
  { data: x, columns: a }: Matrix,
  { data: y, columns: b }: Matrix,
  row: number,
): void => {
  for (let i = 0; i < a; i++) {
    const value = x[row * a + i]!;
    for (let j = 0; j < b; j++) out[i * b + j]! += value * y[row * b + j]!;
  }
};

/** XᵀY in float64: [n, a], [n, b] → [a, b]. */
export function* product(x: Matrix, y: Matrix): Work<Rows> {
  const data = new Float64Array(x.columns * y.columns);
  let done = 0;
  let row = 0;
  for (; row + 4 <= x.rows; row += 4) {
    addFour(data, x, y, row);
    done += 4 * data.length;
    if (done < PIECE) continue;
    done = 0;
    yield;
  }
  for (; row < x.rows; row++) addOne(data, x, y, row);
  return { rows: x.columns, columns: y.columns, data };
}
