import { tidy } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation, type Rng, roundEven } from '@understory/core';
import { z } from 'zod';
import { moving } from './moving.ts';
import { resizing } from './resizing.ts';
import { between } from '../draw.ts';
import { ratioOption, scaleOption, someBoxFits, type BoxShape } from '../pixels/boxes.ts';
import { resampleBoxes, sampleBoxes, type Box } from '../pixels/resample.ts';
import { FILTERS } from '../pixels/filterWeights.ts';
import { keepOption, pixels } from '../options.ts';
import { checked, unfit, type Size } from '../sizes.ts';

export const RandomResizedCropOptions = z.strictObject({
  size: z
    .union([pixels(), z.tuple([pixels(), pixels()])])
    .default(224)
    .describe('sides of the result in pixels: one number for a square, or [height, width]'),
  scale: scaleOption(0.08, 1).describe('least and largest part of the area that is taken, 0 to 1'),
  ratio: ratioOption(3 / 4, 4 / 3).describe('least and largest width divided by height'),
  filter: z.enum(FILTERS).default('bilinear').describe('how pixels are weighed, antialiased'),
  keep: keepOption(),
});
export type RandomResizedCropOptions = z.input<typeof RandomResizedCropOptions>;

/** The whole image, cut where its sides differ by more than the ratio allows; a pixel at least. */
const largestBox = ([height, width]: Size, [least, largest]: readonly [number, number]): Box => {
  const w = width / height > largest ? Math.max(1, roundEven(height * largest)) : width;
  const h = width / height < least ? Math.max(1, roundEven(width / least)) : height;
  return { top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2), height: h, width: w };
};

/** torchvision's draw: ten tries of an area and a ratio, then the largest box. */
export const drawBox = (rng: Rng, [height, width]: Size, { scale, ratio }: BoxShape): Box => {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * between(rng, ...scale);
    const r = Math.exp(between(rng, Math.log(ratio[0]), Math.log(ratio[1])));
    const w = roundEven(Math.sqrt(area * r));
    const h = roundEven(Math.sqrt(area / r));
    if (w > 0 && w <= width && h > 0 && h <= height)
      return { top: rng.integer(0, height - h), left: rng.integer(0, width - w), height: h, width: w };
  }
  return largestBox([height, width], ratio);
};

/** Takes a box of random area, shape and place and resizes it: [B, H, W, 3] → [B, height, width, 3] (Szegedy et al. 2015). */
export const randomResizedCrop = (options: RandomResizedCropOptions = {}): Augmentation => {
  const { size, filter, keep, ...shape } = RandomResizedCropOptions.parse(options);
  const sides: Size = typeof size === 'number' ? [size, size] : size;
  return checked(
    moving(
      { ...resizing, cut: { keep } },
      {
        name: 'random-resized-crop',
        outputSize: () => sides,
        check(input) {
          // Boxes that are too large end in the largest that fits, as in torchvision; these would all end in the whole picture.
          if (someBoxFits(shape, input[0] * input[1])) return;
          throw unfit('random-resized-crop', ['scale', shape.scale], input, {
            fault: `hold no box of that area and "ratio" ${JSON.stringify(shape.ratio)} with a whole pixel`,
            cure: 'Give a larger "scale", or a "ratio" nearer to 1.',
          });
        },
        sample: (streams, input) =>
          sampleBoxes(
            streams.map((rng) => drawBox(rng, input, shape)),
            input,
            sides,
            filter,
          ),
        apply: (images, params) => tidy(() => resampleBoxes(images, params)),
      },
    ),
  );
};

export const randomResizedCropPlugin = plugin({
  token: AUGMENTATION,
  name: 'random-resized-crop',
  summary: 'Takes a box of random area, shape and place and resizes it',
  when: 'Photographs, as in ImageNet: one scale and shape of its own for each view.',
  source: "Szegedy et al. 2015; torchvision's RandomResizedCrop",
  options: RandomResizedCropOptions,
  create: randomResizedCrop,
});
