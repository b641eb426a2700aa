import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { posterizeLevel } from '../pixels/levels.ts';
import { tableAugmentation } from './levelAugmentation.ts';
import { probability, whole } from '../options.ts';

export const PosterizeOptions = z.strictObject({
  bits: whole(1, 8, 'bits').default(4).describe('bits of each channel that stay'),
  p: probability(0.5),
});
export type PosterizeOptions = z.input<typeof PosterizeOptions>;

/** With probability `p`, keeps only the upper bits of each channel. */
export const posterize = (options: PosterizeOptions = {}): Augmentation => {
  const { bits, p } = PosterizeOptions.parse(options);
  return tableAugmentation('posterize', p, posterizeLevel(bits));
};

export const posterizePlugin = plugin({
  token: AUGMENTATION,
  name: 'posterize',
  summary: 'Keeps only the upper bits of each level',
  when: 'A view of your own, out of operations of AutoAugment.',
  source: "Cubuk et al. 2019; torchvision's posterize",
  options: PosterizeOptions,
  create: posterize,
});
