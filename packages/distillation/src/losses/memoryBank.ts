import {
  requireLabels,
  requireSameLength,
  requireSameRows,
  requireSameShape,
  untracked,
} from '@understory/core';
import {
  add,
  cast,
  concat,
  div,
  equal,
  exp,
  expandDims,
  fill,
  gather,
  greater,
  logicalAnd,
  matMul,
  mul,
  range,
  reshape,
  scatterND,
  sub,
  sum,
  tidy,
  tile,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { unitVectors } from './rows.ts';

/** How often each image draws each entry of a bank. `drawn` [B, K] int32 in 0 … n−1 → [B, n]. */
export const drawCounts = (drawn: Tensor2D, size: number): Tensor2D =>
  tidy(() => {
    const [batch, count] = drawn.shape;
    requireLabels('draws from a memory bank', reshape(drawn, [-1]), { rows: {}, classes: size });
    const row = tile(expandDims(range(0, batch, 1, 'int32'), 1), [1, count]);
    const at = concat([reshape(row, [-1, 1]), reshape(drawn, [-1, 1])], 1); // [B·K, 2]
    return scatterND(at, fill([batch * count], 1, 'float32'), [batch, size]); // equal places add up
  });

/** exp(v·m / τ) of embeddings [B, D] with every entry of a bank [n, D] → [B, n]. */
export const bankScores = (v: Tensor2D, bank: Tensor2D, temperature: number): Tensor2D =>
  tidy(() => {
    requireSameLength('memory bank', { v, bank }, '[rows, D]', 1);
    return exp(div(matMul(v, bank, false, true), temperature));
  });

/** Throws unless embeddings and entries are equally wide, and each embedding has a position in the bank. */
const checkOwn = (v: Tensor2D, bank: Tensor2D, positions: Tensor1D): void => {
  requireSameLength('memory bank', { v, bank }, '[rows, D]', 1);
  requireLabels('positions in a memory bank', positions, { rows: { v }, classes: bank.shape[0] });
};

/** exp(v·m / τ) of embeddings [B, D] with the entries at their own positions [B] → [B]. */
export const ownScores = (v: Tensor2D, bank: Tensor2D, positions: Tensor1D, temperature: number): Tensor1D =>
  tidy(() => {
    checkOwn(v, bank, positions);
    return exp(div(sum(mul(v, gather(bank, positions)), 1), temperature));
  });

/** n times the mean score of all that was looked at: CRD's partition constant. [B], [B, n], [B, n] → []. */
export const partition = (own: Tensor1D, scores: Tensor2D, counts: Tensor2D): Scalar =>
  tidy(() => {
    requireSameShape('partition of a memory bank', { scores, counts }, '[B, n]');
    requireSameRows('partition of a memory bank', { own, scores });
    const total = add(sum(own), sum(mul(scores, counts)));
    return mul(div(total, add(sum(counts), own.shape[0])), scores.shape[1]);
  });

/**
 * The bank [n, D] after the entries at `positions` [B] moved towards embeddings [B, D]: (1 − m)·v + m·entry, unit length.
 * Where a position occurs more than once, its last row counts.
 */
export const movedBank = (bank: Tensor2D, positions: Tensor1D, v: Tensor2D, momentum: number): Tensor2D =>
  untracked((): [Tensor2D] => {
    checkOwn(v, bank, positions);
    const [batch] = v.shape;
    const old = gather(bank, positions); // [B, D]
    const moved = unitVectors(add(mul(old, momentum), mul(v, 1 - momentum)));
    const place = range(0, batch, 1, 'int32');
    const same = equal(expandDims(positions, 1), expandDims(positions, 0)); // [B, B]
    const later = greater(expandDims(place, 0), expandDims(place, 1));
    const repeats = sum(cast(logicalAnd(same, later), 'float32'), 1, true); // [B, 1]
    const last = cast(equal(repeats, 0), 'float32');
    return [add(bank, scatterND(expandDims(positions, 1), mul(sub(moved, old), last), bank.shape))];
  })[0];
