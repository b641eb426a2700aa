import { z } from 'zod';
import { BOX_OPTIONS, orientationOption } from '../options.ts';

const lists = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

export const VocOptions = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe(
      'folder, tar, tar.gz or zip that holds Annotations, JPEGImages and ImageSets/Main as Pascal VOC does (several years side by side too), or images with an XML file each, beside them or in folders of the same names',
    ),
  ...BOX_OPTIONS,
  splits: z
    .union([
      z.enum(['auto', 'none']),
      z.strictObject({ train: lists, validation: lists.optional(), test: lists.optional() }),
    ])
    .default('auto')
    .describe(
      'lists in ImageSets/Main of each split: train or trainval, val and test (auto), none (lists and folders are not looked at), or named: { train: ["VOC2007/trainval", "VOC2012/trainval"], test: "VOC2007/test" }',
    ),
  firstPixel: z
    .union([z.literal(0), z.literal(1)])
    .default(1)
    .describe(
      'number of the first pixel. 1, Pascal VOC: a box includes its last pixel, so left is xmin − 1 and right xmax. 0: corners as they stand',
    ),
  onBadAnnotation: z
    .enum(['error', 'skip'])
    .default('error')
    .describe(
      'an annotation file that cannot be read: an error that names it, or its image is left out and counted',
    ),
  orientation: orientationOption.default('stored'),
});
export type VocOptions = z.input<typeof VocOptions>;
export type ParsedVocOptions = z.output<typeof VocOptions>;
