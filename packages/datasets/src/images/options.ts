import { z } from 'zod';
import { DECODE_DEFAULTS } from '../image/readImage.ts';
import { NormalizationOption } from '../normalization.ts';
import { LimitOption, ValidationOption } from '../splits/limits.ts';

const side = z.int().min(1).max(4096);
const folder = z.string().min(1);
const level = z.int().min(0).max(255);

export const ImagesOptions = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe(
      'folder, tar, tar.gz or zip that holds <class>/<image>, {train,val,test}/<class>/<image> or <class>/{train,val,test}/<image>',
    ),
  test: z.string().min(1).optional().describe('folder, tar or zip of the test images, where they lie apart'),
  splits: z
    .union([
      z.enum(['auto', 'none']),
      z.strictObject({ train: folder, validation: folder.optional(), test: folder.optional() }),
    ])
    .default('auto')
    .describe(
      'folders of the splits: found by their names (auto), none (all folders are classes), or named from the root: { train: "a", test: "b" }',
    ),
  classes: z
    .array(z.string().min(1))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'expected each class once')
    .optional()
    .describe('class folders that are used, the others are left out and counted; default: all'),
  links: z
    .enum(['follow', 'inside', 'refuse'])
    .default('follow')
    .describe(
      'symbolic links in a folder: followed, also out of it (follow), only where they stay inside it (inside), or an error (refuse); those in an archive never lead out',
    ),
  size: z
    .tuple([side, side])
    .optional()
    .describe(
      'height and width in pixels: shorter side resized (antialiased), then centre crop; default: the size of the first image',
    ),
  validation: ValidationOption,
  testShare: z
    .number()
    .min(0)
    .max(0.9)
    .optional()
    .describe(
      'share of the training images, of each class, that is tested on where there is no test set; alike for all seeds; default: 0.2, and 0 where there are train and validation folders',
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
