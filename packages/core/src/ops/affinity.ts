import {
  add,
  cast,
  div,
  equal,
  expandDims,
  eye,
  matMul,
  maximum,
  mul,
  range,
  sub,
  sum,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { Positives } from '../contracts/loss.ts';
import { UnderstoryError } from '../errors.ts';
import { requireLabels, requireSameShape, requireWithin, shapeText } from './checkTensors.ts';

/** Jaccard index of each pair of rows of 0 and 1: |a ∧ b| / |a ∨ b|; a row is like itself, also where it is empty. [B, C] → [B, B]. */
const jaccard = (labels: Tensor2D): Tensor2D => {
  const count = sum(labels, 1); // [B]
  const both = matMul(labels, labels, false, true); // [B, B]
  const either = sub(add(expandDims(count, 1), expandDims(count, 0)), both); // [B, B]
  const empty = mul(eye(labels.shape[0]), cast(equal(either, 0), 'float32')); // an empty row and itself
  return add(div(both, maximum(either, 1)), empty);
};

const ofLabels = (target: Tensor): Tensor2D => {
  requireSameShape('affinity of labels', { target }, '[B, C]');
  requireWithin('affinity of labels', { target }, { code: 'bad-label', values: [0, 1] });
  return jaccard(cast(target, 'float32') as Tensor2D);
};

/** Each row is its own group: 0 … B−1 int32. */
const ofImages = (target: Tensor): Tensor1D => {
  if (target.rank > 0 && target.shape[0] > 0) return range(0, target.shape[0], 1, 'int32');
  throw new UnderstoryError('bad-shape', `affinity: a target ${shapeText(target)} has no rows.`);
};

/**
 * What belongs together in a batch, from its target: what a contrastive loss takes beside its features.
 * `class`: the labels [B] int32 themselves. `labels` [B, C] of 0 and 1: the Jaccard index of each pair, [B, B] float32, 1 on
 * the diagonal, 0 between two different rows of which both are empty. Of a `map`, `boxes` and `values` [B, …] each
 * image is like its own views alone, labels 0 … B−1 int32.
 * The result is the caller's to dispose of. Throws `bad-label` or `bad-shape` where a target is not of its kind.
 */
export const affinityOf = (
  kind: 'class' | 'labels' | 'map' | 'boxes' | 'values',
  target: Tensor,
): Positives =>
  tidy(() => {
    if (kind === 'labels') return ofLabels(target);
    if (kind !== 'class') return ofImages(target);
    requireLabels('affinity of classes', target, { rows: {} });
    return target.clone() as Tensor1D;
  });
