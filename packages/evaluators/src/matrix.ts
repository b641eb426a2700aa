import { UnderstoryError } from '@understory/core';

/** Embeddings of samples, a row each: [rows, columns], row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array | Float64Array;
}

/** A matrix over these numbers. Errors: `bad-shape` where they do not fill it, `not-finite` where one is no number. */
export const matrixOf = (data: Matrix['data'], rows: number, columns: number): Matrix => {
  if (data.length !== rows * columns)
    throw new UnderstoryError(
      'bad-shape',
      `${data.length} numbers are no matrix of ${rows} rows and ${columns} columns.`,
    );
  const strange = data.findIndex((value) => !Number.isFinite(value));
  if (strange >= 0)
    throw new UnderstoryError(
      'not-finite',
      `Row ${Math.floor(strange / columns)} of the embeddings holds ${data[strange]}. Leave this sample out, or look why the network gives it.`,
    );
  return { rows, columns, data };
};
