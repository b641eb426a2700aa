import { z } from 'zod';
import { ImagesOptions } from '../images/options.ts';

const pattern = z.string().min(1);
const patterns = z.union([pattern, z.array(pattern).min(1)]);

const { size, validation, testShare, limit, cache, maxPixels, background, normalization } =
  ImagesOptions.shape;

export const ShardsOptions = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe('folder of tar shards, one shard, or a pattern of them: data/train-{000000..000059}.tar'),
  splits: z
    .union([
      z.enum(['auto', 'none']),
      z.strictObject({ train: patterns, validation: patterns.optional(), test: patterns.optional() }),
    ])
    .default('auto')
    .describe(
      'shards of the splits: found by the names of files and folders (auto), none (all shards are one set), or named from the root, as patterns or lists: { train: "train-{000..059}.tar", validation: "val" }',
    ),
  image: z
    .string()
    .min(1)
    .optional()
    .describe(
      'part of a sample that is its image, "input.jpg" say; default: jpg, jpeg, png, webp, gif, bmp, tif, tiff or avif',
    ),
  label: z
    .string()
    .min(1)
    .optional()
    .describe(
      'part of a sample that holds its class, as a number or a name; default: cls, or json where field is set',
    ),
  field: z
    .string()
    .min(1)
    .optional()
    .describe(
      'field of that part that holds the class, where it is JSON; dots lead into fields: "meta.label"',
    ),
  classes: z
    .array(z.string().min(1))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'expected each class once')
    .optional()
    .describe(
      'names of the classes in the order of their numbers; default: those of manifest.json, else what the labels say',
    ),
  size,
  validation,
  testShare,
  limit,
  onBadImage: z
    .enum(['error', 'skip'])
    .default('error')
    .describe(
      'a sample that cannot be read: an error that names it, or left out and counted (every image is decoded once, at the first opening)',
    ),
  check: z
    .boolean()
    .default(false)
    .describe('decode every image when the dataset opens, also with onBadImage "error"'),
  cache,
  decoded: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'most disk space for decoded images in the cache folder, in MB: all are decoded when the dataset opens first, and only read from then on; 0 keeps none',
    ),
  maxPixels,
  background,
  normalization,
});
export type ShardsOptions = z.input<typeof ShardsOptions>;
export type ParsedShardsOptions = z.output<typeof ShardsOptions>;
