import type { Rows } from './rows.ts';
import type { Work } from './work.ts';

/** A tridiagonal symmetric matrix: its diagonal [n] and what stands beside it, `beside[i]` between i − 1 and i. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
}

/** Row i of the lower triangle as a Householder vector; gives its half squared length, or 0 where nothing is left to do. */
const reflect = (a: Float64Array, n: number, i: number, beside: Float64Array): number => {
  const row = a.subarray(i * n, i * n + i);
  const scale = row.reduce((sum, value) => sum + Math.abs(value), 0);
  if (i === 1 || scale === 0) {
    beside[i] = row[i - 1]!;
    return 0;
  }
  let square = 0;
  for (let k = 0; k < i; k++) square += (row[k]! /= scale) ** 2;
  const last = row[i - 1]!;
  const length = last >= 0 ? -Math.sqrt(square) : Math.sqrt(square);
  beside[i] = scale * length;
  row[i - 1] = last - length;
  return square - last * length;
};

/** A·u for the leading i rows of a symmetric matrix of which the lower triangle is kept; `out` [i]. */
const timesLeading = (a: Float64Array, n: number, i: number, out: Float64Array): void => {
  const u = i * n;
  out.fill(0, 0, i);
  for (let j = 0; j < i; j++) {
    const [own, row] = [a[u + j]!, j * n];
    let sum = a[row + j]! * own;
    for (let k = 0; k < j; k++) {
      sum += a[row + k]! * a[u + k]!;
      out[k]! += a[row + k]! * own;
    }
    out[j]! += sum;
  }
};

/** Householder's reduction (Golub and Van Loan, 8.3.1), without the vectors. */
function* tridiagonal({ rows: n, data }: Rows): Work<Tridiagonal> {
  const a = Float64Array.from(data);
  const [beside, p] = [new Float64Array(n), new Float64Array(n)];
  for (let i = n - 1; i > 0; i--) {
    const half = reflect(a, n, i, beside);
    if (half === 0) continue;
    timesLeading(a, n, i, p);
    const u = i * n;
    let inner = 0;
    for (let j = 0; j < i; j++) inner += (p[j]! /= half) * a[u + j]!;
    const share = inner / (2 * half);
    for (let j = 0; j < i; j++) p[j]! -= share * a[u + j]!;
    for (let j = 0; j < i; j++) {
      const [uj, pj, row] = [a[u + j]!, p[j]!, j * n];
      for (let k = 0; k <= j; k++) a[row + k]! -= uj * p[k]! + pj * a[u + k]!;
    }
    yield;
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), beside };
}

/** One implicit QL sweep over rows `from` … `to` (Golub and Van Loan, 8.3.5), in place. */
const sweep = (d: Float64Array, e: Float64Array, [from, to]: readonly [number, number]): void => {
  const shift = (d[from + 1]! - d[from]!) / (2 * e[from]!);
  const root = Math.hypot(shift, 1);
  let g = d[to]! - d[from]! + e[from]! / (shift + (shift >= 0 ? root : -root));
  let [s, c, p] = [1, 1, 0];
  for (let i = to - 1; i >= from; i--) {
    const [f, b] = [s * e[i]!, c * e[i]!];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1]! -= p;
      e[to] = 0;
      return;
    }
    [s, c] = [f / r, g / r];
    g = d[i + 1]! - p;
    const t = (d[i]! - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
  }
  d[from]! -= p;
  e[from] = g;
  e[to] = 0;
};

/** The first row from `from` on whose element beside the diagonal is as good as 0. */
const endOf = (d: Float64Array, e: Float64Array, from: number): number => {
  let at = from;
  while (at < d.length - 1) {
    const size = Math.abs(d[at]!) + Math.abs(d[at + 1]!);
    if (Math.abs(e[at]!) <= Number.EPSILON * size) break;
    at++;
  }
  return at;
};

/** More sweeps than any matrix of finite numbers takes. */
const SWEEPS = 60;

/** All eigenvalues of a symmetric matrix [n, n], the largest first, to about 1e-15 of the largest. */
export function* eigenvalues(matrix: Rows): Work<Float64Array> {
  const { diagonal: d, beside } = yield* tridiagonal(matrix);
  const e = Float64Array.from(beside, (_, i) => beside[i + 1] ?? 0);
  for (let from = 0; from < d.length; from++) {
    for (let sweeps = 0; sweeps < SWEEPS; sweeps++) {
      const to = endOf(d, e, from);
      if (to === from) break;
      sweep(d, e, [from, to]);
    }
    yield;
  }
  return d.sort().reverse();
}
