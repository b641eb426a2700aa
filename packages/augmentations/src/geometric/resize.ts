import { tidy } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { moving } from './moving.ts';
import { resizing } from './resizing.ts';
import { resampleBoxes, sampleBoxes } from '../pixels/resample.ts';
import { FILTERS } from '../pixels/filterWeights.ts';
import { LARGEST_SIDE, pixels } from '../options.ts';
import { checked, shownSize, unfit } from '../sizes.ts';

export const ResizeOptions = z.strictObject({
  size: z
    .union([pixels(), z.tuple([pixels(), pixels()])], {
      error: `expected pixels or [height, width], whole numbers from 1 to ${LARGEST_SIDE}`,
    })
    .default(256)
    .describe('length of the shorter side in pixels (the shape stays), or [height, width]'),
  filter: z.enum(FILTERS).default('bilinear').describe('how pixels are weighed, antialiased'),
});
export type ResizeOptions = z.input<typeof ResizeOptions>;

/** Resizes all images to one size: [B, H, W, 3] → [B, h, w, 3], antialiased, as PIL does. */
export const resize = (options: ResizeOptions = {}): Augmentation => {
  const { size, filter } = ResizeOptions.parse(options);
  const outputSize = ([height, width]: readonly [number, number]): readonly [number, number] => {
    if (typeof size !== 'number') return size;
    const longer = Math.floor((size * Math.max(height, width)) / Math.min(height, width));
    return height <= width ? [size, longer] : [longer, size];
  };
  return checked(
    moving(resizing, {
      name: 'resize',
      deterministic: true,
      outputSize,
      check(input) {
        if (Math.max(...outputSize(input)) <= LARGEST_SIDE) return;
        throw unfit('resize', ['size', size], input, {
          fault: `would become ${shownSize(outputSize(input))}`,
          cure: `Give [height, width], or a "size" that leaves the longer side at most ${LARGEST_SIDE}.`,
        });
      },
      sample(streams, [height, width]) {
        const whole = { top: 0, left: 0, height, width };
        return sampleBoxes(
          streams.map(() => whole),
          [height, width],
          outputSize([height, width]),
          filter,
        );
      },
      apply: (images, params) => tidy(() => resampleBoxes(images, params)),
    }),
  );
};

export const resizePlugin = plugin({
  token: AUGMENTATION,
  name: 'resize',
  summary: 'Resizes the image, antialiased',
  when: 'Pictures of other sizes than the network takes; before center-crop in evaluation.',
  source: "torchvision's Resize, antialiased as Pillow's",
  options: ResizeOptions,
  create: resize,
});
