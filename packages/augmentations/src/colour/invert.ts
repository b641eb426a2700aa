import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { invertLevel } from '../pixels/levels.ts';
import { tableAugmentation } from './levelAugmentation.ts';
import { probability } from '../options.ts';

export const InvertOptions = z.strictObject({ p: probability(0.5) });
export type InvertOptions = z.input<typeof InvertOptions>;

/** With probability `p`, makes a negative of the image. */
export const invert = (options: InvertOptions = {}): Augmentation => {
  const { p } = InvertOptions.parse(options);
  return tableAugmentation('invert', p, invertLevel);
};

export const invertPlugin = plugin({
  token: AUGMENTATION,
  name: 'invert',
  summary: 'Inverts all levels',
  when: 'A view of your own, out of operations of AutoAugment; where a negative keeps its class.',
  source: "Cubuk et al. 2019; torchvision's invert",
  options: InvertOptions,
  create: invert,
});
