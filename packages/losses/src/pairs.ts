import {
  cast,
  equal,
  expandDims,
  mul,
  range,
  slice,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

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

/** 1 where another row has the same group, 0 elsewhere and on itself. `groups` [N] → [count, N]. */
export const positivePairs = (groups: Tensor1D, rows: Rows): Tensor2D =>
  sub(matches(slice(groups, rows.from, rows.count), groups), selfPairs(groups.shape[0], rows));

/** Logits in which no row sees itself: the maximum and the sum of exponentials leave the diagonal out. [count, N]. */
export const withoutSelf = <T extends Tensor>(logits: T, rows: Rows): T =>
  sub(logits, mul(selfPairs(logits.shape[1]!, rows), EXCLUDED));

/** Logits in which no row sees a row of its own group, itself included. `logits` [N, N], `groups` [N]. */
export const withoutGroup = <T extends Tensor>(logits: T, groups: Tensor1D): T =>
  sub(logits, mul(matches(groups, groups), EXCLUDED));
