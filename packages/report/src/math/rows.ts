import type { NdArray } from '@understory/core';

/** A matrix of float64 rows. */
export interface Rows {
  readonly n: number;
  readonly d: number;
  /** [n · d], row-major. */
  readonly values: Float64Array;
}

export const rowsOf = ({ shape, data }: NdArray): Rows => ({
  n: shape[0]!,
  d: shape[1]!,
  values: Float64Array.from(data),
});

/** Subtracts the mean row. */
export const centre = ({ n, d, values }: Rows): Rows => {
  const mean = new Float64Array(d);
  values.forEach((v, i) => (mean[i % d]! += v / n));
  return { n, d, values: values.map((v, i) => v - mean[i % d]!) };
};

/** Two sets of rows, one below the other. */
export const joined = (a: Rows, b: Rows): Rows => {
  const values = new Float64Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  return { n: a.n + b.n, d: a.d, values };
};

/** Scales each row to length 1; a row of zeros stays one. */
export const unitRows = ({ n, d, values }: Rows): Rows => {
  const out = values.slice();
  for (let i = 0; i < n; i++) {
    const row = out.subarray(i * d, (i + 1) * d);
    const length = Math.hypot(...row);
    if (length > 0) row.forEach((v, j) => (row[j] = v / length));
  }
  return { n, d, values: out };
};

/** Squared Euclidean distances [n · n]. */
export const squaredDistances = ({ n, d, values }: Rows): Float64Array => {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) {
        const difference = values[i * d + k]! - values[j * d + k]!;
        sum += difference * difference;
      }
      out[i * n + j] = sum;
      out[j * n + i] = sum;
    }
  }
  return out;
};
