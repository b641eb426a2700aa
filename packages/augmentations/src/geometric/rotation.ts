import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { between } from '../draw.ts';
import { geometric, geometricOptions } from './geometric.ts';
import { within } from '../options.ts';
import { rotationMatrix } from '../pixels/warp.ts';

export const RotationOptions = z.strictObject({
  degrees: within(0, 180, 'degrees').default(15).describe('largest turn in either direction, in degrees'),
  ...geometricOptions,
});
export type RotationOptions = z.input<typeof RotationOptions>;

/** Turns images about their middle by a random angle; the canvas stays. */
export const rotation = (options: RotationOptions = {}): Augmentation => {
  const { degrees, ...shared } = RotationOptions.parse(options);
  return geometric('rotation', shared, (rng, size) => rotationMatrix(between(rng, -degrees, degrees), size));
};

export const rotationPlugin = plugin({
  token: AUGMENTATION,
  name: 'rotation',
  summary: 'Turns the image about its middle by a random angle',
  when: 'Things that stand at any angle.',
  source: "torchvision's RandomRotation, on the same canvas",
  options: RotationOptions,
  create: rotation,
});
