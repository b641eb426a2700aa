import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { solarizeLevel } from '../pixels/levels.ts';
import { tableAugmentation } from './levelAugmentation.ts';
import { probability, within } from '../options.ts';

export const SolarizeOptions = z.strictObject({
  threshold: within(0, 256, 'a level').default(128).describe('levels from here on are inverted, 0 to 256'),
  p: probability(0.5),
});
export type SolarizeOptions = z.input<typeof SolarizeOptions>;

/** With probability `p`, inverts the levels from a threshold on. */
export const solarize = (options: SolarizeOptions = {}): Augmentation => {
  const { threshold, p } = SolarizeOptions.parse(options);
  return tableAugmentation('solarize', p, solarizeLevel(threshold));
};

export const solarizePlugin = plugin({
  token: AUGMENTATION,
  name: 'solarize',
  summary: 'Inverts the levels above a threshold',
  when: 'The second view of BYOL, with p 0.2.',
  source: "Grill et al. 2020 (BYOL); torchvision's solarize",
  options: SolarizeOptions,
  create: solarize,
});
