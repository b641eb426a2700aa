import { permutation, plugin, SAMPLER, type Sampler } from '@understory/core';
import { z } from 'zod';

export const ownPlugin = plugin({
  token: SAMPLER,
  name: 'own',
  summary: 'The first images over and over',
  options: z.strictObject({
    images: z.int().positive().default(32).describe('how many different images an epoch shows'),
  }),
  create:
    ({ images }): Sampler =>
    ({ length }) =>
    (epoch) =>
      permutation(length, epoch.rng()).map((place) => place % Math.min(images, length)),
});
