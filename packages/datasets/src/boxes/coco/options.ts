import { z } from 'zod';
import { BOX_OPTIONS, orientationOption } from '../options.ts';

const part = z.strictObject({ annotations: z.string().min(1), images: z.string().min(1).optional() });

export const CocoOptions = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe(
      'folder, tar, tar.gz or zip that holds the images and, for each split, a JSON file of boxes: annotations/instances_train2017.json and train2017/, or train/_annotations.coco.json beside the images',
    ),
  ...BOX_OPTIONS,
  splits: z
    .union([
      z.literal('auto'),
      z.strictObject({ train: part, validation: part.optional(), test: part.optional() }),
    ])
    .default('auto')
    .describe(
      'files of the splits: found by their names and folders (auto), or named from the root: { train: { annotations: "annotations/a.json", images: "pictures" }, … }; images are looked for by their names where no folder is named',
    ),
  orientation: orientationOption.default('stored'),
});
export type CocoOptions = z.input<typeof CocoOptions>;
export type ParsedCocoOptions = z.output<typeof CocoOptions>;
