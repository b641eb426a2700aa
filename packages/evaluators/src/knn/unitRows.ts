import { UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';

/** A matrix whose rows are looked at as directions. */
export interface Directed {
  readonly matrix: Matrix;
  /** Euclidean length of each row, [rows]; a row of length 0 has no direction. */
  readonly lengths: Float64Array;
}

/** Errors: `not-finite`, naming the row. */
export const directed = (matrix: Matrix, what: string): Directed => {
  const { rows, columns, data } = matrix;
  const lengths = Float64Array.from({ length: rows }, (_, row) => {
    let square = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) square += data[i]! * data[i]!;
    if (Number.isFinite(square)) return Math.sqrt(square);
    throw new UnderstoryError(
      'not-finite',
      `Row ${row} of the ${what} [${rows}, ${columns}] has no finite length. Leave this sample out, or look why the network gives it.`,
    );
  });
  return { matrix, lengths };
};

/** Rows [from, to) with length 1, in float32; rows of zeros stay such. */
export const unitRows = ({ matrix, lengths }: Directed, from: number, to: number): Float32Array => {
  const { columns, data } = matrix;
  return Float32Array.from(
    data.subarray(from * columns, to * columns),
    (value, i) => value / (lengths[from + Math.floor(i / columns)]! || 1),
  );
};

/** Cosine of a row of one matrix with a row of another in float64; 0 where one is all zeros. */
export const cosineOf = (a: Directed, row: number, b: Directed, other: number): number => {
  const { columns } = a.matrix;
  const [x, y] = [a.matrix.data, b.matrix.data];
  const length = a.lengths[row]! * b.lengths[other]!;
  if (length === 0) return 0;
  let sum = 0;
  for (let i = row * columns, j = other * columns, end = i + columns; i < end; i++, j++) sum += x[i]! * y[j]!;
  return sum / length;
};
