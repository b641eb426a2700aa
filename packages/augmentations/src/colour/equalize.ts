import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { equalizeTable, mapLevels } from '../pixels/levels.ts';
import { planeAugmentation } from './levelAugmentation.ts';
import { probability } from '../options.ts';

export const EqualizeOptions = z.strictObject({ p: probability(0.5) });
export type EqualizeOptions = z.input<typeof EqualizeOptions>;

/** With probability `p`, equalizes the histogram of each channel. */
export const equalize = (options: EqualizeOptions = {}): Augmentation => {
  const { p } = EqualizeOptions.parse(options);
  return planeAugmentation('equalize', p, (planes) => mapLevels(planes, equalizeTable(planes)));
};

export const equalizePlugin = plugin({
  token: AUGMENTATION,
  name: 'equalize',
  summary: 'Makes all levels of a channel about equally frequent',
  when: 'A view of your own, out of operations of AutoAugment; pictures of uneven exposure.',
  source: "Cubuk et al. 2019; Pillow's equalize",
  options: EqualizeOptions,
  create: equalize,
});
