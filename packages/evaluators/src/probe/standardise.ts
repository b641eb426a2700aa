import { UnderstoryError } from '@understory/core';
import type { Matrix } from '../matrix.ts';

/** Mean and population standard deviation of each column; a deviation of 0 stands as 1. */
export interface Scale {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Errors: `not-finite`, naming the row; `empty` of no rows. */
export const scaleOf = ({ rows, columns, data }: Matrix): Scale => {
  if (rows === 0 || columns === 0)
    throw new UnderstoryError('empty', `Features [${rows}, ${columns}] hold nothing to learn from.`);
  const [mean, deviation] = [new Float64Array(columns), new Float64Array(columns)];
  data.forEach((value, i) => {
    if (!Number.isFinite(value))
      throw new UnderstoryError(
        'not-finite',
        `Row ${Math.floor(i / columns)} of the features [${rows}, ${columns}] holds ${value}. Leave this sample out, or look why the network gives it.`,
      );
    mean[i % columns]! += value / rows;
  });
  data.forEach((value, i) => (deviation[i % columns]! += (value - mean[i % columns]!) ** 2 / rows));
  // A column that is constant but for the rounding of its mean says nothing.
  const still = (square: number, column: number): boolean => square <= (1e-12 * mean[column]!) ** 2;
  return { mean, deviation: deviation.map((square, c) => (still(square, c) ? 1 : Math.sqrt(square))) };
};

/** Rows [from, to) with mean 0 and deviation 1 in each column, [to − from, columns] in float64. */
export const standardised = (
  { columns, data }: Matrix,
  scale: Scale,
  from: number,
  to: number,
): Float64Array =>
  Float64Array.from(
    data.subarray(from * columns, to * columns),
    (value, i) => (value - scale.mean[i % columns]!) / scale.deviation[i % columns]!,
  );
