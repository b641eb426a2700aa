import { abs, expandDims, mul, range, reshape, sub, tidy } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { chance, drawEach } from '../draw.ts';
import { lookUp } from '../pixels/lookUp.ts';
import { probability } from '../options.ts';

export const FlipOptions = z.strictObject({ p: probability(0.5) });
export type FlipOptions = z.input<typeof FlipOptions>;

/** Mirrors images left to right with probability `p`. */
export const flip = (options: FlipOptions = {}): Augmentation => {
  const { p } = FlipOptions.parse(options);
  return {
    name: 'flip',
    sample: (streams) => ({ flip: drawEach(streams, (rng) => chance(rng, p)) }),
    apply: (images, params) =>
      tidy(() => {
        const [, height, width] = images.shape;
        const last = mul(reshape(params.flip!, [-1, 1, 1]), width - 1); // [B, 1, 1]: W − 1, or 0 to stay
        const columns = abs(sub(last, reshape(range(0, width, 1, 'float32'), [1, 1, width]))); // [B, 1, W]
        return lookUp(images, { rows: expandDims(range(0, height, 1, 'float32'), 1), columns });
      }),
  };
};

export const flipPlugin = plugin({
  token: AUGMENTATION,
  name: 'flip',
  summary: 'Mirrors the image left to right',
  when: 'Left and right mean the same: nearly always.',
  source: "torchvision's RandomHorizontalFlip",
  options: FlipOptions,
  create: flip,
});
