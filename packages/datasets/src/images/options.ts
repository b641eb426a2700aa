import { z } from 'zod';
import { DECODE_DEFAULTS } from '../image/readImage.ts';
import { NormalizationOption } from '../normalization.ts';
import { LimitOption, ValidationOption } from '../splits/limits.ts';

const side = z.int().min(1).max(4096);
const level = z.int().min(0).max(255);

export const ImagesOptions = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe('folder, tar or tar.gz that holds <class>/<image> or {train,val,test}/<class>/<image>'),
  test: z.string().min(1).optional().describe('folder or tar of the test images, where they lie apart'),
  size: z
    .tuple([side, side])
    .optional()
    .describe(
      'height and width in pixels: shorter side resized (antialiased), then centre crop; default: the size of the first image',
    ),
  validation: ValidationOption,
  testShare: z
    .number()
    .min(0.01)
    .max(0.9)
    .default(0.2)
    .describe(
      'share of the images, of each class, that is tested on where there is no test set; alike for all seeds',
    ),
  limit: LimitOption,
  onBadImage: z
    .enum(['error', 'skip'])
    .default('error')
    .describe(
      'an image that cannot be read: an error that names it, or left out and counted (every image is decoded once when the dataset opens)',
    ),
  check: z
    .boolean()
    .default(false)
    .describe('decode every image when the dataset opens, also with onBadImage "error"'),
  cache: z.number().min(0).default(256).describe('most memory for decoded images, in MB'),
  maxPixels: z
    .int()
    .positive()
    .default(DECODE_DEFAULTS.maxPixels)
    .describe('most pixels that an image may have'),
  background: z
    .tuple([level, level, level])
    .default([...DECODE_DEFAULTS.background])
    .describe('colour behind transparent parts, red, green and blue in 0…255'),
  normalization: NormalizationOption.default('imagenet'),
});
export type ImagesOptions = z.input<typeof ImagesOptions>;
export type ParsedImagesOptions = z.output<typeof ImagesOptions>;
