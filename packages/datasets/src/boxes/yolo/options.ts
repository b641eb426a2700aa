import { z } from 'zod';
import { BOX_OPTIONS, orientationOption } from '../options.ts';

export const YoloOptions = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe(
      'folder, tar, tar.gz or zip that holds images, a text file of boxes for each of them (images/train/a.jpg and labels/train/a.txt, or side by side), and data.yaml or classes.txt with the names of the classes',
    ),
  ...BOX_OPTIONS,
  data: z
    .string()
    .min(1)
    .optional()
    .describe(
      'YAML file with the names and the splits, from the root; default: the only one that has "names"',
    ),
  names: z
    .array(z.string().min(1))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'expected each name once')
    .optional()
    .describe('names of the classes 0, 1, …, where no file has them'),
  onBadAnnotation: z
    .enum(['error', 'skip'])
    .default('error')
    .describe(
      'a label file that cannot be read: an error that names file and line, or its image is left out and counted',
    ),
  orientation: orientationOption.default('upright'),
});
export type YoloOptions = z.input<typeof YoloOptions>;
export type ParsedYoloOptions = z.output<typeof YoloOptions>;
