import {
  expandDims,
  less,
  logSumExp,
  mul,
  neg,
  oneHot,
  range,
  slice,
  softplus,
  sub,
  sum,
  where,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/**
 * Logits of all classes but each row's own, in their order. `logits` [B, C], `labels` [B] int32 → [B, C − 1]. The own
 * class is gone, not masked, so logits of any size stay exact.
 */
export const otherClasses = (logits: Tensor2D, labels: Tensor1D): Tensor2D => {
  const [rows, classes] = logits.shape;
  const places = expandDims(range(0, classes - 1, 1, 'int32'), 0); // [1, C − 1]
  const before = less(places, expandDims(labels, 1)); // [B, C − 1]
  const part = (from: number): Tensor2D => slice(logits, [0, from], [rows, classes - 1]);
  return where(before, part(0), part(1));
};

/** log((1 − p_y) / p_y) of each row: how much the other classes have against its own. [B, C], [B] int32 → [B]. */
export const oddsAgainst = (logits: Tensor2D, labels: Tensor1D): Tensor1D => {
  const own: Tensor1D = sum(mul(logits, oneHot(labels, logits.shape[1])), 1);
  return sub(logSumExp(otherClasses(logits, labels), 1), own);
};

/** log p_y from the odds against it, and log(1 − p_y) from those for it: exact near 0 and near 1. [B] → [B]. */
export const logChance = (odds: Tensor1D): Tensor1D => neg(softplus(odds));
