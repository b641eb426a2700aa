import { cast, mul, sub, tensor1d, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Normalization } from '../contracts/dataset.ts';
import type { CallArgs, Forward, Network } from '../contracts/objective.ts';

/** Pixels 0…255 [B, H, W, 3] → network input of the same shape. */
export const normalizeImages = (images: Tensor, normalization: Normalization): Tensor4D => {
  const centre = tensor1d(normalization.mean.map((m) => m * 255));
  const scale = tensor1d(normalization.std.map((s) => 1 / (s * 255)));
  return mul(sub(cast(images, 'float32'), centre), scale);
};

/** Runs a backbone and names what comes out. */
export const forward = (
  { backbone }: Pick<Network, 'backbone'>,
  images: Tensor4D,
  call: CallArgs,
): Forward => {
  const outputs = backbone.model.apply(images, { ...call }) as Tensor[];
  const taps = outputs.slice(0, backbone.taps.length) as Tensor4D[];
  const [pooled, logits] = outputs.slice(backbone.taps.length) as [Tensor2D, Tensor2D];
  return { images, taps, pooled, logits };
};
