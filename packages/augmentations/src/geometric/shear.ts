import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { between } from '../draw.ts';
import { geometric, geometricOptions } from './geometric.ts';
import { within } from '../options.ts';
import { shearMatrix } from '../pixels/warp.ts';

/** At 90° a picture is a line. 10 pixels a row are 84°. */
const slope = within(0, 10, 'pixels a line');

export const ShearOptions = z.strictObject({
  x: slope.default(0.3).describe('largest shift of a row in either direction, in pixels a row; 1 is 45°'),
  y: slope.default(0).describe('largest shift of a column in either direction, in pixels a column'),
  ...geometricOptions,
});
export type ShearOptions = z.input<typeof ShearOptions>;

/** Slants images from their top left corner by random amounts; the canvas stays. */
export const shear = (options: ShearOptions = {}): Augmentation => {
  const { x, y, ...shared } = ShearOptions.parse(options);
  return geometric('shear', shared, (rng) => shearMatrix(between(rng, -x, x), between(rng, -y, y)));
};

export const shearPlugin = plugin({
  token: AUGMENTATION,
  name: 'shear',
  summary: 'Slants the image by random amounts',
  when: 'A view of your own, out of operations of AutoAugment.',
  source: 'Cubuk et al. 2019',
  options: ShearOptions,
  create: shear,
});
