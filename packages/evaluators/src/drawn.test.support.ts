import { streamNumber } from '@understory/core/testing';
import { matrixOf, type Matrix } from './matrix.ts';

/** T([rows, columns], s) in float64. */
export const places = (rows: number, columns: number, s: number): Float64Array =>
  Float64Array.from({ length: rows * columns }, (_, i) => streamNumber(i, s));

/** L(n, C, s): labels from 0 to C − 1. */
export const drawnLabels = (n: number, classes: number, s: number): Int32Array =>
  Int32Array.from({ length: n }, (_, i) => Math.floor(((streamNumber(i, s) + 1) / 2) * classes));

export interface Clusters {
  readonly labels: Int32Array;
  readonly columns: number;
  /** Seed of the centres [classes, columns], and what they are multiplied by. */
  readonly centres: number;
  readonly scale: number;
  /** Seed of what each sample adds. */
  readonly noise: number;
  /** What a column is multiplied by. */
  readonly stretch?: (column: number) => number;
}

/** scale · centre of the row's class + T([N, columns], noise). */
export const clusters = ({ labels, columns, centres, scale, noise, stretch }: Clusters): Matrix =>
  matrixOf(
    places(labels.length, columns, noise).map((value, i) => {
      const column = i % columns;
      const centre = streamNumber(labels[Math.floor(i / columns)]! * columns + column, centres);
      return (scale * centre + value) * (stretch?.(column) ?? 1);
    }),
    labels.length,
    columns,
  );
