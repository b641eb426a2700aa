import { centre, type Rows } from './rows.ts';

const ITERATIONS = 300;
const TOLERANCE = 1e-14;

const normalize = (v: Float64Array): Float64Array => {
  const length = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
  return length > 0 ? v.map((x) => x / length) : v;
};

/** `rows` · v [n]. */
const project = ({ n, d, values }: Rows, v: Float64Array): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += values[i * d + k]! * v[k]!;
    return sum;
  });

/** Removes from each row what lies along the unit vector v. */
const deflate = (rows: Rows, v: Float64Array): Rows => {
  const along = project(rows, v);
  return { ...rows, values: rows.values.map((x, i) => x - along[Math.floor(i / rows.d)]! * v[i % rows.d]!) };
};

/** rowsᵀ · (rows · v) [d]: the covariance times v, but for a factor. */
const covarianceTimes = (rows: Rows, v: Float64Array): Float64Array => {
  const { d, values } = rows;
  const out = new Float64Array(d);
  project(rows, v).forEach((a, i) => {
    for (let k = 0; k < d; k++) out[k]! += a * values[i * d + k]!;
  });
  return out;
};

/** The longest row points near enough to the first component to start from. */
const start = ({ n, d, values }: Rows): Float64Array => {
  let best = values.subarray(0, d);
  let length = -1;
  for (let i = 0; i < n; i++) {
    const row = values.subarray(i * d, (i + 1) * d);
    const size = row.reduce((sum, x) => sum + x * x, 0);
    if (size > length) [best, length] = [row, size];
  }
  return normalize(best.slice());
};

/** First principal direction by power iteration; the entry that is largest in size is positive. */
const leading = (rows: Rows): Float64Array => {
  let v = start(rows);
  for (let t = 0; t < ITERATIONS; t++) {
    const next = normalize(covarianceTimes(rows, v));
    const change = next.reduce((sum, x, k) => sum + (x - v[k]!) ** 2, 0);
    v = next;
    if (change < TOLERANCE) break;
  }
  const largest = v.reduce((a, x) => (Math.abs(x) > Math.abs(a) ? x : a), 0);
  return largest < 0 ? v.map((x) => -x) : v;
};

/** Coordinates along the first two principal components → [n · 2]. */
export const pca2 = (data: Rows): Float64Array => {
  const rows = centre(data);
  const first = leading(rows);
  const second = leading(deflate(rows, first));
  const x = project(rows, first);
  const y = project(rows, second);
  return Float64Array.from({ length: 2 * rows.n }, (_, i) => (i % 2 === 0 ? x[i / 2]! : y[(i - 1) / 2]!));
};
