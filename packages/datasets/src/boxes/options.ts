import { z } from 'zod';
import { DECODE_DEFAULTS } from '../image/readImage.ts';
import { ImagesOptions } from '../images/options.ts';
import { NormalizationOption } from '../normalization.ts';
import { LimitOption } from '../splits/limits.ts';

const side = z.int().min(1).max(4096);
const share = z.number().min(0).max(0.9);

export const SizeOption = z
  .union([
    side,
    z.tuple([side, side]),
    z
      .strictObject({ shortest: side, longest: side })
      .refine(({ shortest, longest }) => shortest <= longest, 'expected shortest to be at most longest'),
  ])
  .describe(
    'the network\'s images: height and width in pixels, or one number for both, into which each picture is scaled to fit; or { shortest, longest }: each picture is scaled until its shorter side is "shortest" or its longer one "longest", and filled up to the largest height and width of its kind, landscape or portrait, in multiples of 32; batches hold one kind',
  );

const origin = (how: string): string => `${how}; alike for all seeds`;

/** Options that all datasets of boxes share. */
export const BOX_OPTIONS = {
  size: SizeOption.default(512),
  classes: z
    .array(z.string().min(1))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'expected each class once')
    .optional()
    .describe('classes that are used, in this order; boxes of others are left out and counted; default: all'),
  most: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe(
      'most boxes of a training image, the largest stay and the rest is counted; default: as many as the fullest image has',
    ),
  smallest: z
    .number()
    .min(0)
    .default(1)
    .describe(
      'least width and height of a box in pixels of the picture as stored; smaller ones are left out and counted',
    ),
  empty: z
    .enum(['keep', 'leave-out'])
    .default('keep')
    .describe('images without a box: trained and measured on, or left out and counted'),
  validation: share
    .default(0.1)
    .describe(
      'share of the training images that chooses the best checkpoint, where the source has none; drawn by the seed',
    ),
  testShare: share
    .optional()
    .describe(
      origin(
        'share of the training images that is tested on where the source has no test images; default: 0.2, and 0 where it has validation images',
      ),
    ),
  limit: LimitOption.describe(
    'most images of each split, or of the splits named; drawn by chance, the test images alike for all seeds',
  ),
  onBadImage: ImagesOptions.shape.onBadImage,
  check: ImagesOptions.shape.check,
  links: ImagesOptions.shape.links,
  cache: ImagesOptions.shape.cache,
  maxPixels: ImagesOptions.shape.maxPixels,
  background: ImagesOptions.shape.background.default([...DECODE_DEFAULTS.background]),
  normalization: NormalizationOption.default('imagenet'),
};

export const orientationOption = z
  .enum(['stored', 'upright'])
  .describe(
    'pictures as their pixels are stored, or turned by their EXIF orientation: what the boxes were drawn on',
  );

export const BoxOptions = z.strictObject({
  root: z.string(),
  ...BOX_OPTIONS,
  orientation: orientationOption,
});
/** What every dataset of boxes knows of its options. */
export type ParsedBoxOptions = z.output<typeof BoxOptions>;
