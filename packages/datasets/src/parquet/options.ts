import { z } from 'zod';
import { LABELLED_OPTIONS } from '../labelled/options.ts';

const name = z.string().min(1);

export const ParquetOptions = z.strictObject({
  root: name.describe(
    'folder, tar or zip of Parquet files as Hugging Face has them (data/train-00000-of-00003.parquet), or one such file',
  ),
  image: name
    .optional()
    .describe(
      'column of the images: encoded pictures, or a structure of bytes and path; default: the one that the file says is an image, else one so named',
    ),
  label: name
    .optional()
    .describe(
      'column of the labels: numbers of the classes that the file names, numbers, or texts; default: the one that the file says is a class, else one so named',
    ),
  several: z
    .boolean()
    .default(false)
    .describe('the column of labels holds a list for each image; gives the target labels in place of label'),
  splits: z
    .union([
      z.enum(['auto', 'none']),
      z.strictObject({ train: name, validation: name.optional(), test: name.optional() }),
    ])
    .default('auto')
    .describe(
      'files of the splits: found by their names and folders (auto), all one (none), or by what their names begin with, or their folder: { train: "train", test: "test_a" }',
    ),
  ...LABELLED_OPTIONS,
});
export type ParquetOptions = z.input<typeof ParquetOptions>;
export type ParsedParquetOptions = z.output<typeof ParquetOptions>;
