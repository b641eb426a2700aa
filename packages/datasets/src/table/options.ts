import { z } from 'zod';
import { LABELLED_OPTIONS } from '../labelled/options.ts';

const name = z.string().min(1);
const column = z.union([name, z.int().min(0)]);
const names = z.union([name, z.array(name).min(1)]);

export const TableOptions = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe('folder, tar, tar.gz or zip that holds the tables and the images, or one CSV or JSONL file'),
  table: z
    .union([
      z.literal('auto'),
      name,
      z.strictObject({ train: name, validation: name.optional(), test: name.optional() }),
    ])
    .default('auto')
    .describe(
      'tables, from the root: found (auto), one file, or one a split: { train: "train.csv", validation: "validation.csv", test: "test.csv" }; .csv, .tsv, .txt, .jsonl, .ndjson',
    ),
  images: name
    .optional()
    .describe(
      "where the table's paths begin: a folder of the root, or else a folder, tar, tar.gz or zip on disk; default: the table's own folder, then the root",
    ),
  columns: z
    .strictObject({
      path: column.optional().describe('column of the paths'),
      label: column.optional().describe('column of the labels'),
      split: z
        .union([column, z.literal(false)])
        .optional()
        .describe('column of the splits, or false for none'),
    })
    .default({})
    .describe(
      'names of the columns, or their positions from 0; default: those with a usual name, such as path, file_name, image; label, class, category; split, subset; split: false for none',
    ),
  header: z
    .boolean()
    .default(true)
    .describe('whether the first row of a CSV names the columns; without names, columns are positions'),
  separator: z
    .string()
    .length(1)
    .refine((text) => !/["\r\n]/.test(text), 'expected no quote and no end of line')
    .optional()
    .describe(
      'what stands between the cells of a CSV; default: tab in .tsv, else the one of , ; tab | that the first row has',
    ),
  several: name
    .optional()
    .describe(
      'for images with any number of labels each: what stands between them in a cell; in JSONL a list is one by itself; gives the target labels in place of label',
    ),
  extension: name.optional().describe('what the paths lack at their end: ".jpg" for a column of ids'),
  splits: z
    .strictObject({
      train: names.describe('what it says of training images'),
      validation: names.optional().describe('what it says of validation images'),
      test: names.optional().describe('what it says of test images'),
    })
    .optional()
    .describe(
      'what the column split says of each split, rows of others are left out and counted; default: train, val, test and words like them',
    ),
  onBadRow: z
    .enum(['error', 'skip'])
    .default('error')
    .describe(
      'a row without path or label, or whose image is not there: an error that names it, or left out and counted',
    ),
  ...LABELLED_OPTIONS,
});
export type TableOptions = z.input<typeof TableOptions>;
export type ParsedTableOptions = z.output<typeof TableOptions>;
