import { UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';

/** A matrix with what cosines need: the length of each row, and its direction in float32. */
export interface UnitRows {
  readonly matrix: Matrix;
  /** Euclidean, [rows]. */
  readonly lengths: Float64Array;
  /** Rows of length 1 [rows · columns]; a row of zeros has no direction and stays one. */
  readonly directions: Float32Array;
}

/** Errors: `not-finite`, naming the row. */
export const unitRows = (matrix: Matrix, what: string): UnitRows => {
  const { rows, columns, data } = matrix;
  const lengths = new Float64Array(rows);
  const directions = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    let square = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) square += data[i]! * data[i]!;
    const length = Math.sqrt(square);
    if (!Number.isFinite(length))
      throw new UnderstoryError(
        'not-finite',
        `Row ${row} of the ${what} [${rows}, ${columns}] has the length ${length}. Leave this sample out, or look why the network gives it.`,
      );
    lengths[row] = length;
    if (length > 0)
      for (let i = row * columns; i < (row + 1) * columns; i++) directions[i] = data[i]! / length;
  }
  return { matrix, lengths, directions };
};

/** Cosine of a row of one matrix with a row of another in float64; 0 where one is all zeros. */
export const cosineOf = (a: UnitRows, row: number, b: UnitRows, other: number): number => {
  const { columns } = a.matrix;
  const [x, y] = [a.matrix.data, b.matrix.data];
  const length = a.lengths[row]! * b.lengths[other]!;
  if (length === 0) return 0;
  let sum = 0;
  for (let i = row * columns, j = other * columns, end = i + columns; i < end; i++, j++) sum += x[i]! * y[j]!;
  return sum / length;
};
