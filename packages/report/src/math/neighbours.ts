import { centre, joined, squaredDistances, unitRows, type Rows } from './rows.ts';

/** Neighbours that vote. */
export const NEIGHBOURS = 5;

/** The k nearest others, nearest first; of equally near ones the first. */
const nearest = (distances: Float64Array, self: number, k: number): number[] => {
  const found: number[] = [];
  for (let j = 0; j < distances.length; j++) {
    if (j === self || (found.length === k && distances[j]! >= distances[found[k - 1]!]!)) continue;
    const at = found.findIndex((i) => distances[j]! < distances[i]!);
    found.splice(at < 0 ? found.length : at, 0, j);
    if (found.length > k) found.pop();
  }
  return found;
};

/** The class with most votes; of equal ones that with the nearest voter. */
const vote = (labels: readonly number[]): number => {
  const votes = new Map<number, number>();
  labels.forEach((y) => votes.set(y, (votes.get(y) ?? 0) + 1));
  return [...votes].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
};

/** Share of rows whose class is that of the majority of their k nearest others. */
export const neighbourAccuracy = (rows: Rows, labels: Int32Array, k = NEIGHBOURS): number => {
  const { n } = rows;
  if (n < 2) return 0;
  const distances = squaredDistances(rows);
  let right = 0;
  for (let i = 0; i < n; i++) {
    const near = nearest(distances.subarray(i * n, (i + 1) * n), i, k);
    if (vote(near.map((j) => labels[j]!)) === labels[i]) right++;
  }
  return right / n;
};

/**
 * Mean cosine of each row with the row of the same number in the other set, after the common mean is taken away: 1 where the two say
 * the same of every image, about 0 where they say as much of any two images. It is the depth lens's number of that name.
 */
export const invariance = (a: Rows, b: Rows): number => {
  const { values } = unitRows(centre(joined(a, b)));
  const size = a.values.length;
  let sum = 0;
  for (let i = 0; i < size; i++) sum += values[i]! * values[size + i]!;
  return sum / a.n;
};
