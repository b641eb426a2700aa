import {
  add,
  expandDims,
  range,
  reshape,
  scatterND,
  type Tensor,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { batchPositions } from './positions.ts';

/**
 * A matrix an image from its few entries: row i has `weights[b, i, k]` at column `columns[b, i, k]` (both [B, n, K];
 * entries at the same place add up) → [B, n, width].
 */
export const bandedMatrices = (columns: Tensor, weights: Tensor, width: number): Tensor3D => {
  const [batch, rows] = weights.shape as [number, number];
  const starts = expandDims(range(0, rows * width, width, 'float32'), 1); // [n, 1]
  const positions = batchPositions(add(columns, starts), batch, rows * width);
  const flat = scatterND(reshape(positions, [-1, 1]), reshape(weights, [-1]), [batch * rows * width]);
  return reshape(flat, [batch, rows, width]);
};

/** Consecutive columns from `starts` [B, n] on → [B, n, count] */
export const consecutive = (starts: Tensor, count: number): Tensor =>
  add(expandDims(starts, 2), range(0, count, 1, 'float32'));
