import { reshape, range, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation, roundEven } from '@understory/core';
import { z } from 'zod';
import { lookUp } from '../pixels/lookUp.ts';
import { colour, keepOption, pixels, toRgb } from '../options.ts';
import { moving, type Movement } from './moving.ts';

export const CenterCropOptions = z.strictObject({
  size: pixels().default(224).describe('height and width of the result in pixels'),
  fill: colour(0),
  keep: keepOption(),
});
export type CenterCropOptions = z.input<typeof CenterCropOptions>;

/** First line of the window; an image that is too small is padded. */
const startOf = (input: number, size: number): number =>
  size > input ? -Math.floor((size - input) / 2) : roundEven((input - size) / 2);

/** [B, H, W, C] → [B, size, size, C]; `fill` [C] is taken where an image is too small. */
const middleOf = (images: Tensor4D, size: number, fill: readonly number[]): Tensor4D => {
  const [, height, width] = images.shape;
  const lines = (n: number) => range(startOf(n, size), startOf(n, size) + size, 1, 'float32');
  const rows = reshape(lines(height), [1, size, 1]);
  const columns = reshape(lines(width), [1, 1, size]);
  return lookUp(images, { rows, columns }, size > Math.min(height, width) ? 'constant' : 'edge', fill);
};

/** Takes the window in the middle: [B, H, W, 3] → [B, size, size, 3]. */
export const centerCrop = (options: CenterCropOptions = {}): Augmentation => {
  const { size, fill, keep } = CenterCropOptions.parse(options);
  const movement: Movement = {
    map: (map, _, outside) => middleOf(map, size, outside),
    points: (_, [height, width]) => [1, 0, -startOf(width, size), 0, 1, -startOf(height, size)],
    cut: { keep },
  };
  return moving(movement, {
    name: 'center-crop',
    deterministic: true,
    outputSize: () => [size, size],
    sample: () => ({}),
    apply: (images) => tidy(() => middleOf(images, size, toRgb(fill))),
  });
};

export const centerCropPlugin = plugin({
  token: AUGMENTATION,
  name: 'center-crop',
  summary: 'Takes the window in the middle of the image',
  when: 'Evaluation: the middle of the picture, always the same.',
  source: "torchvision's CenterCrop",
  options: CenterCropOptions,
  create: centerCrop,
});
