import { slice, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Preprocessing } from '../contracts/dataset.ts';
import { imageSize } from './canvases.ts';
import { roundEven } from '../numbers.ts';
import { normalizeImages } from './normalizeImages.ts';

type Size = readonly [height: number, width: number];

/** Place of the middle of images, as torchvision's CenterCrop has it: what is not larger than it is seen whole. */
export const middleOf = (
  [height, width]: Size,
  crop: Size | undefined,
): { readonly top: number; readonly left: number; readonly size: Size } => {
  const [h, w] = [Math.min(height, crop?.[0] ?? height), Math.min(width, crop?.[1] ?? width)];
  return { top: roundEven((height - h) / 2), left: roundEven((width - w) / 2), size: [h, w] };
};

/** Stored images, 0…255 [B, H, W, 3] → what a network sees of them outside of training [B, h, w, 3]. */
export const preprocess = (images: Tensor, { normalization, crop }: Preprocessing): Tensor4D => {
  const whole = imageSize(images);
  const { top, left, size } = middleOf(whole, crop);
  const seen = size.join() === whole.join() ? images : slice(images, [0, top, left, 0], [-1, ...size, -1]);
  return normalizeImages(seen, normalization);
};
