import { z } from 'zod';

/** Sides of pictures go up to here, in pixels: a place in a picture of that size is exact in float32. */
export const LARGEST_SIDE = 4096;

/** A number with its bounds, both included; an error says what it is: `expected ${what}, 0 to 1`. */
export const within = (low: number, high: number, what: string) => {
  const error = `expected ${what}, ${low} to ${high}`;
  return z.number({ error }).min(low, error).max(high, error);
};

/** As `within`, for whole numbers. */
export const whole = (low: number, high: number, what: string) => {
  const error = `expected ${what}, a whole number from ${low} to ${high}`;
  return z.int({ error }).min(low, error).max(high, error);
};

/** A side of a picture. */
export const pixels = (low = 1) => whole(low, LARGEST_SIDE, 'pixels');

export const aboveZero = () =>
  z.number({ error: 'expected a number above 0' }).positive('expected a number above 0');

/** A least and a largest number. */
export const interval = (end: z.ZodNumber) =>
  z.tuple([end, end]).refine(([least, largest]) => least <= largest, {
    message: 'expected [least, largest]; put the smaller number first',
  });

/** The part of all images that an operation changes. */
export const probability = (p: number) =>
  within(0, 1, 'a part of the images').default(p).describe('part of the images that are changed, 0 to 1');

/** The rule for boxes that are cut. */
export const keepOption = (share = 0) =>
  within(0, 1, "a share of a box's area")
    .default(share)
    .describe(
      "share of a box's area that must be left, 0 to 1: a thing of which less is left counts as a crowd, a box without a kind is dropped",
    );

/** Operations that a policy does one after the other; each is done to all images. */
export const operationCount = () => whole(1, 16, 'operations').default(2);

/** Levels from nothing to full strength, of policies. */
export const levelCount = () => whole(2, 1000, 'levels').default(31);

const level = whole(0, 255, 'a level');

/** A grey level or an RGB colour. */
export const Colour = z.union([level, z.tuple([level, level, level])], {
  error: 'expected a grey level or [red, green, blue], whole numbers from 0 to 255',
});
export type Colour = z.output<typeof Colour>;

/** ImageNet's mean colour, rounded: what detectors' images are filled up with where a dataset has no other. */
export const MEAN_COLOUR = [124, 116, 104] satisfies Colour;

export const colour = (value: Colour) =>
  Colour.default(value).describe('value of new pixels, 0 to 255: a grey level or [red, green, blue]');

export const toRgb = (value: Colour): readonly [number, number, number] =>
  typeof value === 'number' ? [value, value, value] : value;
