import type { Matrix } from '../matrix.ts';

/** A matrix whose numbers are float64. */
export interface Rows extends Matrix {
  readonly data: Float64Array;
}

/** Shorter rows have no direction, as in core's `unitVectors`. */
const SHORTEST = 1e-12;

/** Each row of length 1; one that has no direction is zero. */
export const unitRows = ({ rows, columns, data }: Matrix): Rows => {
  const out = Float64Array.from(data);
  for (let i = 0; i < rows; i++) {
    const row = out.subarray(i * columns, (i + 1) * columns);
    let square = 0;
    for (const value of row) square += value * value;
    const length = Math.sqrt(square);
    const factor = length < SHORTEST ? 0 : 1 / length;
    for (let c = 0; c < columns; c++) row[c]! *= factor;
  }
  return { rows, columns, data: out };
};

/** Means of the columns of one matrix or several together, by rows. */
export const columnMeans = (...matrices: readonly Matrix[]): Float64Array => {
  const columns = matrices[0]?.columns ?? 0;
  const means = new Float64Array(columns);
  const count = matrices.reduce((sum, { rows }) => sum + rows, 0);
  for (const { rows, data } of matrices)
    for (let i = 0; i < rows; i++) for (let c = 0; c < columns; c++) means[c]! += data[i * columns + c]!;
  return means.map((sum) => sum / count);
};

/** Less the means of its columns, or these. */
export const centred = (matrix: Matrix, means = columnMeans(matrix)): Rows => {
  const { rows, columns } = matrix;
  const data = Float64Array.from(matrix.data);
  for (let i = 0; i < data.length; i++) data[i]! -= means[i % columns]!;
  return { rows, columns, data };
};

/** Rows as columns. */
export const transposed = ({ rows, columns, data }: Matrix): Rows => {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let c = 0; c < columns; c++) out[c * rows + i] = data[i * columns + c]!;
  return { rows: columns, columns: rows, data: out };
};

/** Some of the columns, from `start` on. */
export const columnsOf = ({ rows, columns, data }: Rows, start: number, count: number): Rows => {
  const out = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++)
    out.set(data.subarray(i * columns + start, i * columns + start + count), i * count);
  return { rows, columns: count, data: out };
};
