import { requireSameLength } from '@understory/core';
import {
  avgPool,
  matMul,
  mean,
  reshape,
  square,
  squaredDifference,
  tensor2d,
  tidy,
  transpose,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { flatRows, unitVectors } from './rows.ts';

/** Averages over PyTorch's adaptive windows ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ as a matrix [m, n]. */
const windows = (from: number, to: number): Tensor2D => {
  const rows = Array.from({ length: to }, (_, i) => {
    const [start, end] = [Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to)];
    return Array.from({ length: from }, (_, j) => (j >= start && j < end ? 1 / (end - start) : 0));
  });
  return tensor2d(rows, [to, from]);
};

/** Multiplies a matrix [m, n] with axis 1 of a map [B, n, k, C] → [B, m, k, C]. */
const alongRows = (matrix: Tensor2D, x: Tensor4D): Tensor4D => {
  const [b, n, k, c] = x.shape;
  const flat = reshape(transpose(x, [1, 0, 2, 3]), [n, -1]); // [n, B·k·C]
  const made: Tensor = reshape(matMul(matrix, flat), [matrix.shape[0], b, k, c]);
  return transpose(made as Tensor4D, [1, 0, 2, 3]);
};

/** Adaptive average pooling, as PyTorch has it: [B, H, W, C] → [B, h, w, C]. */
export const adaptiveAvgPool = (x: Tensor4D, [h, w]: readonly [number, number]): Tensor4D => {
  const [, height, width] = x.shape;
  if (height === h && width === w) return x;
  if (height % h === 0 && width % w === 0) {
    const window: [number, number] = [height / h, width / w];
    return avgPool(x, window, window, 'valid');
  }
  const columns = transpose(alongRows(windows(height, h), x), [0, 2, 1, 3]);
  return transpose(alongRows(windows(width, w), columns), [0, 2, 1, 3]);
};

/** Both maps [B, h, w, C] average-pooled to the size of the smaller one, side by side. */
export const atCommonSize = (a: Tensor4D, b: Tensor4D): readonly [Tensor4D, Tensor4D] => {
  const common = [Math.min(a.shape[1], b.shape[1]), Math.min(a.shape[2], b.shape[2])] as const;
  return [adaptiveAvgPool(a, common), adaptiveAvgPool(b, common)];
};

/** Where a map is active: mean square over channels, unit length over positions. [B, h, w, C] → [B, h·w]. */
const attentionOf = (map: Tensor4D): Tensor2D => unitVectors(flatRows(mean(square(map), 3)));

/**
 * Attention transfer of one pair of maps (Zagoruyko & Komodakis 2017, with p = 2 and the mean over positions, as the CRD
 * authors' suite has it). `student` [B, h, w, C], `teacher` [B, h', w', C']: the larger map is average-pooled to the
 * smaller one's size → [], no unit.
 */
export const attentionLoss = (student: Tensor4D, teacher: Tensor4D): Scalar =>
  tidy(() => {
    requireSameLength('attention transfer', { student, teacher }, '[B, h, w, C]');
    const [a, b] = atCommonSize(student, teacher);
    return mean(squaredDifference(attentionOf(a), attentionOf(b)));
  });
