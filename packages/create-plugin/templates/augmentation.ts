import { cast, reshape, reverse, where } from '@tensorflow/tfjs-core';
import { AUGMENTATION, byName, float32, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';

export const ownPlugin = plugin({
  token: AUGMENTATION,
  name: 'own',
  summary: 'Up and down change places',
  options: z.strictObject({
    p: z.number().min(0).max(1).default(0.5).describe('share of the images that are turned over, 0 to 1'),
  }),
  create: ({ p }): Augmentation => ({
    name: 'own',
    // Drawn on the CPU, each image from a stream of its own, so that a run repeats.
    sample: (streams) => {
      const draws = streams.map((rng) => (rng.uniform() < p ? 1 : 0));
      return { turned: float32(draws, [streams.length]) };
    },
    apply(images, params) {
      const turned = cast(reshape(byName(params, 'turned'), [-1, 1, 1, 1]), 'bool'); // [B, 1, 1, 1]
      return where(turned, reverse(images, 1), images); // [B, H, W, 3], whole numbers 0 to 255
    },
  }),
});
