import { cast, mul, sub, tensor1d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Normalization } from '../contracts/dataset.ts';

/** Pixels 0…255 [B, H, W, 3] → network input of the same shape. */
export const normalizeImages = (images: Tensor, normalization: Normalization): Tensor4D => {
  const centre = tensor1d(normalization.mean.map((m) => m * 255));
  const scale = tensor1d(normalization.std.map((s) => 1 / (s * 255)));
  return mul(sub(cast(images, 'float32'), centre), scale);
};
