import { add, expandDims, range, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, UnderstoryError, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { BORDERS } from '../pixels/border.ts';
import { drawEach } from '../draw.ts';
import { lookUp } from '../pixels/lookUp.ts';
import { colour, toRgb } from '../options.ts';

export const CropOptions = z.strictObject({
  size: z
    .int()
    .min(1)
    .optional()
    .describe('height and width of the result in pixels; without it, those of the input'),
  pad: z.int().min(0).default(4).describe('border put around the image before it is cropped, in pixels'),
  fill: colour(0),
  border: z
    .enum(BORDERS)
    .default('constant')
    .describe('what the border holds: the fill, or what the image continues with'),
});
export type CropOptions = z.input<typeof CropOptions>;

type Size = readonly [number, number];

const checkFits = ([height, width]: Size, [newHeight, newWidth]: Size, pad: number): void => {
  if (newHeight <= height + 2 * pad && newWidth <= width + 2 * pad) return;
  throw new UnderstoryError(
    'crop-too-large',
    `crop cannot take ${newHeight}×${newWidth} pixels out of ${height}×${width} padded by ${pad}. ` +
      'Give a smaller "size" or a larger "pad", or put "resize" before it.',
  );
};

/** Pads, then takes a window at a random place: [B, H, W, 3] → [B, size, size, 3]. `top` and `left` are in 0…H + 2·pad − size. */
export const crop = (options: CropOptions = {}): Augmentation => {
  const { size, pad, fill, border } = CropOptions.parse(options);
  const outputSize = (input: Size): Size => (size === undefined ? input : [size, size]);
  return {
    name: 'crop',
    outputSize,
    sample(streams, input) {
      const [height, width] = outputSize(input);
      checkFits(input, [height, width], pad);
      return {
        top: drawEach(streams, (rng) => rng.integer(0, input[0] + 2 * pad - height)),
        left: drawEach(streams, (rng) => rng.integer(0, input[1] + 2 * pad - width)),
      };
    },
    apply: (images, { top, left }) =>
      tidy(() => {
        const [height, width] = outputSize([images.shape[1], images.shape[2]]);
        const from = (start: Tensor, n: number): Tensor =>
          add(expandDims(start, 1), range(-pad, n - pad, 1, 'float32')); // [B, n]
        const rows = expandDims(from(top!, height), 2); // [B, h, 1]
        const columns = expandDims(from(left!, width), 1); // [B, 1, w]
        return lookUp(images, { rows, columns }, pad === 0 ? 'edge' : border, toRgb(fill));
      }),
  };
};

export const cropPlugin = plugin({
  token: AUGMENTATION,
  name: 'crop',
  summary: 'Pads the image and takes a window of it at a random place',
  when: 'Small pictures, as in CIFAR: the usual shift by a few pixels.',
  source: "He et al. 2016, for CIFAR; borders as torchvision's RandomCrop",
  options: CropOptions,
  create: crop,
});
