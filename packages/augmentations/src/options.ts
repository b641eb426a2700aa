import { z } from 'zod';

/** The part of all images that an operation changes. */
export const probability = (p: number) =>
  z.number().min(0).max(1).default(p).describe('part of the images that are changed, 0 to 1');

export const byte = z.int().min(0).max(255);

/** A grey level or an RGB colour. */
export const Colour = z.union([byte, z.tuple([byte, byte, byte])]);
export type Colour = z.output<typeof Colour>;

export const colour = (value: Colour) =>
  Colour.default(value).describe('value of new pixels, 0 to 255: a grey level or [red, green, blue]');

export const toRgb = (value: Colour): readonly [number, number, number] =>
  typeof value === 'number' ? [value, value, value] : value;
