import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { mapLevels, stretchTable } from '../pixels/levels.ts';
import { planeAugmentation } from './levelAugmentation.ts';
import { probability } from '../options.ts';

export const AutocontrastOptions = z.strictObject({ p: probability(0.5) });
export type AutocontrastOptions = z.input<typeof AutocontrastOptions>;

/** With probability `p`, stretches the levels of each channel from 0 to 255; exact arithmetic, where PIL is at times 1 lower. */
export const autocontrast = (options: AutocontrastOptions = {}): Augmentation => {
  const { p } = AutocontrastOptions.parse(options);
  return planeAugmentation('autocontrast', p, (planes) => mapLevels(planes, stretchTable(planes)));
};

export const autocontrastPlugin = plugin({
  token: AUGMENTATION,
  name: 'autocontrast',
  summary: 'Stretches each channel from 0 to 255',
  when: 'A view of your own, out of operations of AutoAugment; pictures of uneven exposure.',
  source: "Cubuk et al. 2019; Pillow's autocontrast",
  options: AutocontrastOptions,
  create: autocontrast,
});
