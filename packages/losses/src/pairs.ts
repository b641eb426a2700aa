import {
  cast,
  equal,
  expandDims,
  gather,
  mul,
  range,
  slice,
  sub,
  tensor1d,
  tile,
  transpose,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { Positives } from '@understory/core';

/** Subtracted from a logit that must not count: its exponential is 0 beside any cosine over any temperature. */
const EXCLUDED = 1e30;

/** Rows `from` … `from + count − 1` of a square matrix over all rows. */
export interface Rows {
  readonly from: number;
  readonly count: number;
}

/** 1 where a[i] = b[j], else 0. `a` [M], `b` [N] → [M, N] float32. */
const matches = (a: Tensor1D, b: Tensor1D): Tensor2D =>
  cast(equal(expandDims(a, 1), expandDims(b, 0)), 'float32');

/** 1 where a row meets itself → [count, n]. */
export const selfPairs = (n: number, { from, count }: Rows): Tensor2D =>
  matches(range(from, from + count, 1, 'int32'), range(0, n, 1, 'int32'));

export const isAffinity = (positives: Positives): positives is Tensor2D => positives.rank === 2;

/** Where rows of all n lie in an affinity of n, or of the samples that these are views of → [count] int32. */
const samplesOf = (affinity: Tensor2D, { from, count }: Rows): Tensor1D =>
  tensor1d(
    Array.from({ length: count }, (_, i) => (from + i) % affinity.shape[0]),
    'int32',
  );

/** Rows of an affinity over all n rows, 0 on themselves. [n, n], or [B, B] of samples → [count, n]. */
const affinityRows = (affinity: Tensor2D, n: number, rows: Rows): Tensor2D => {
  const chosen = gather(affinity, samplesOf(affinity, rows));
  const all = tile(chosen, [1, n / affinity.shape[0]]);
  return mul(all, sub(1, selfPairs(n, rows)));
};

/** How far each other row is a positive, 0 … 1; 0 on a row itself. Of `groups` [n], or an affinity [n, n] or [B, B] → [count, n]. */
export const positivePairs = (positives: Positives, n: number, rows: Rows): Tensor2D =>
  isAffinity(positives)
    ? affinityRows(positives, n, rows)
    : sub(matches(slice(positives, rows.from, rows.count), positives), selfPairs(n, rows));

/** How far the rows are positives of each other row, which an affinity need not say both ways. [n, n] or [B, B] → [count, n]. */
export const pairsOfOthers = (affinity: Tensor2D, n: number, rows: Rows): Tensor2D =>
  positivePairs(transpose(affinity), n, rows);

/** Logits in which no row sees itself: the maximum and the sum of exponentials leave the diagonal out. [count, N]. */
export const withoutSelf = <T extends Tensor>(logits: T, rows: Rows): T =>
  sub(logits, mul(selfPairs(logits.shape[1]!, rows), EXCLUDED));

/** Logits in which no row sees a row of its own group, itself included. `logits` [N, N], `groups` [N]. */
export const withoutGroup = <T extends Tensor>(logits: T, groups: Tensor1D): T =>
  sub(logits, mul(matches(groups, groups), EXCLUDED));
