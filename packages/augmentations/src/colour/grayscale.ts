import { split, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { chance, drawEach } from '../draw.ts';
import { probability } from '../options.ts';
import { choose, greyOf, perImage } from '../pixels/pixels.ts';

export const GrayscaleOptions = z.strictObject({ p: probability(0.2) });
export type GrayscaleOptions = z.input<typeof GrayscaleOptions>;

/** Takes the colour out with probability `p`: all three channels become the grey level. */
export const grayscale = (options: GrayscaleOptions = {}): Augmentation => {
  const { p } = GrayscaleOptions.parse(options);
  return {
    name: 'grayscale',
    inPlace: true,
    sample: (streams) => ({ grey: drawEach(streams, (rng) => chance(rng, p)) }),
    apply: (images, { grey }) =>
      tidy(() => {
        const level = greyOf(split(images, 3, 3) as [Tensor4D, Tensor4D, Tensor4D]); // [B, H, W, 1]
        return choose(perImage(grey!, 4), level, images);
      }),
  };
};

export const grayscalePlugin = plugin({
  token: AUGMENTATION,
  name: 'grayscale',
  summary: 'Takes the colour out of the image',
  when: 'With color-jitter, so that colour alone does not solve the contrast.',
  source: "torchvision's RandomGrayscale",
  options: GrayscaleOptions,
  create: grayscale,
});
