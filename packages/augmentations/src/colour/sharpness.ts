import { scalar } from '@tensorflow/tfjs-core';
import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { blend, smooth } from '../pixels/blend.ts';
import { planeAugmentation } from './levelAugmentation.ts';
import { probability, within } from '../options.ts';

export const SharpnessOptions = z.strictObject({
  factor: within(0, 256, 'a factor').default(2).describe('0 smooths, 1 changes nothing, 2 sharpens'),
  p: probability(0.5),
});
export type SharpnessOptions = z.input<typeof SharpnessOptions>;

/** With probability `p`, moves the image away from (factor above 1) or towards its smoothed copy. */
export const sharpness = (options: SharpnessOptions = {}): Augmentation => {
  const { factor, p } = SharpnessOptions.parse(options);
  return planeAugmentation('sharpness', p, (planes) => blend(planes, smooth(planes), scalar(factor)));
};

export const sharpnessPlugin = plugin({
  token: AUGMENTATION,
  name: 'sharpness',
  summary: 'Sharpens or smooths the image by a fixed factor',
  when: 'A view of your own, out of operations of AutoAugment.',
  source: "Cubuk et al. 2019; Pillow's ImageEnhance.Sharpness",
  options: SharpnessOptions,
  create: sharpness,
});
