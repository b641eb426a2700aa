import {
  avgPool,
  matMul,
  reshape,
  tensor2d,
  transpose,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';

/** Averages over PyTorch's adaptive windows ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ as a matrix [m, n]. */
const windows = (from: number, to: number): Tensor2D => {
  const rows = Array.from({ length: to }, (_, i) => {
    const [start, end] = [Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to)];
    return Array.from({ length: from }, (_, j) => (j >= start && j < end ? 1 / (end - start) : 0));
  });
  return tensor2d(rows, [to, from]);
};

/** Takes the places ⌊i·n/m⌋, as PyTorch's nearest neighbours do, as a matrix [m, n]. */
const nearest = (from: number, to: number): Tensor2D => {
  const taken = Array.from({ length: to }, (_, i) => Math.floor((i * from) / to));
  return tensor2d(
    taken.map((place) => Array.from({ length: from }, (_, j) => Number(j === place))),
    [to, from],
  );
};

/** Multiplies a matrix [m, n] with axis 1 of a map [B, n, k, C] → [B, m, k, C]. */
const alongRows = (matrix: Tensor2D, x: Tensor4D): Tensor4D => {
  const [b, n, k, c] = x.shape;
  const flat = reshape(transpose(x, [1, 0, 2, 3]), [n, -1]); // [n, B·k·C]
  const made: Tensor = reshape(matMul(matrix, flat), [matrix.shape[0], b, k, c]);
  return transpose(made as Tensor4D, [1, 0, 2, 3]);
};

/** Both sides of a map by the matrices of a rule. [B, H, W, C] → [B, h, w, C]. */
const alongBoth = (
  rule: (from: number, to: number) => Tensor2D,
  x: Tensor4D,
  [h, w]: readonly [number, number],
): Tensor4D => {
  const [, height, width] = x.shape;
  const columns = transpose(alongRows(rule(height, h), x), [0, 2, 1, 3]);
  return transpose(alongRows(rule(width, w), columns), [0, 2, 1, 3]);
};

/** Adaptive average pooling, as PyTorch has it: [B, H, W, C] → [B, h, w, C]. */
export const adaptiveAvgPool = (x: Tensor4D, [h, w]: readonly [number, number]): Tensor4D => {
  const [, height, width] = x.shape;
  if (height === h && width === w) return x;
  if (height % h === 0 && width % w === 0) {
    const window: [number, number] = [height / h, width / w];
    return avgPool(x, window, window, 'valid');
  }
  return alongBoth(windows, x, [h, w]);
};

/**
 * Resizing by nearest neighbours, as PyTorch has it: [B, H, W, C] → [B, h, w, C]. As products, since the gradient of tfjs's
 * own op mixes the images of a batch on its CPU backend.
 */
export const nearestResize = (x: Tensor4D, [h, w]: readonly [number, number]): Tensor4D =>
  x.shape[1] === h && x.shape[2] === w ? x : alongBoth(nearest, x, [h, w]);

/** Both maps [B, h, w, C] average-pooled to the size of the smaller one, side by side. */
export const atCommonSize = (a: Tensor4D, b: Tensor4D): readonly [Tensor4D, Tensor4D] => {
  const common = [Math.min(a.shape[1], b.shape[1]), Math.min(a.shape[2], b.shape[2])] as const;
  return [adaptiveAvgPool(a, common), adaptiveAvgPool(b, common)];
};
