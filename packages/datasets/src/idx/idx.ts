import path from 'node:path';
import { DATASET, plugin, type Dataset, type DatasetFactory, type DatasetRequest } from '@understory/core';
import { z } from 'zod';
import type { ItemSplit } from '../images/listItems.ts';
import { splitRows } from '../images/splitItems.ts';
import { ImagesOptions } from '../images/options.ts';
import { NormalizationOption, normalizationOf } from '../normalization.ts';
import { subset } from '../samples/samples.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { openSource } from '../sources/openSource.ts';
import { limited, LimitOption, ValidationOption } from '../splits/limits.ts';
import { classesOfLabels } from './idxClasses.ts';
import { idxFiles } from './idxFiles.ts';
import { joined, picturesOf, pictureSamples } from './idxPictures.ts';

export const IdxOptions = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe(
      'folder, tar, tar.gz or zip with train-images-idx3-ubyte and train-labels-idx1-ubyte, and t10k- or test- likewise; each packed by gzip (.gz) or not',
    ),
  set: z
    .string()
    .min(1)
    .optional()
    .describe(
      'which dataset, where the source holds several: what its files are named before train and t10k, or their folder: letters for emnist-letters-train-images-idx3-ubyte',
    ),
  classes: ImagesOptions.shape.classes.describe(
    'names of the labels that the training images have, in ascending order; default: those that a file such as emnist-letters-mapping.txt says, else the numbers',
  ),
  transpose: z
    .boolean()
    .default(false)
    .describe('exchange rows and columns of each image: EMNIST stores them so'),
  validation: ValidationOption,
  testShare: ImagesOptions.shape.testShare,
  limit: LimitOption,
  normalization: NormalizationOption.default('mnist'),
});
export type IdxOptions = z.input<typeof IdxOptions>;
type ParsedIdxOptions = z.output<typeof IdxOptions>;

const openIdx = async (
  source: FileSource,
  options: ParsedIdxOptions,
  { seed }: DatasetRequest,
): Promise<Dataset> => {
  const files = idxFiles(source, options.set);
  const train = await picturesOf(source, files.train, options);
  const test = files.test && (await picturesOf(source, files.test, options));
  const all = joined(source, train, test);
  const { classes, labels } = await classesOfLabels(source, { train, all }, options.classes, files.mapping);
  const samples = pictureSamples(all, labels, train.count);
  const rows = {
    length: all.count,
    splitAt: (i: number): ItemSplit => (i < train.count ? 'train' : 'test'),
    keyAt: String,
  };
  const { positions, origins } = splitRows(rows, labels, options, seed);
  const whole = {
    train: subset(samples, positions.train),
    validation: subset(samples, positions.validation),
    test: subset(samples, positions.test),
  };
  const { leftOut, ...splits } = limited(whole, options.limit, { seed, classes, name: options.root });
  return {
    name: path.basename(options.root).replace(/\.(tar|tar\.gz|tgz|zip)$/, ''),
    classes,
    normalization: normalizationOf(options.normalization),
    leftOut: [...files.leftOut, ...leftOut],
    origins,
    ...splits,
  };
};

/** MNIST's format, read whole into memory as it is stored: grey images become three equal channels. Errors: `bad-dataset`, `bad-archive`. */
export const idx = (options: IdxOptions): DatasetFactory => {
  const parsed = IdxOptions.parse(options);
  return async (request) => {
    const source = await openSource(parsed.root);
    try {
      return await openIdx(source, parsed, request);
    } finally {
      await source.close();
    }
  };
};

export const idxPlugin = plugin({
  token: DATASET,
  name: 'idx',
  summary: 'the IDX files of MNIST, Fashion-MNIST, KMNIST and EMNIST',
  when: 'MNIST, and datasets of small grey pictures that are published in its format.',
  source: 'LeCun, Cortes and Burges, The MNIST database; Cohen et al. 2017 (EMNIST)',
  options: IdxOptions,
  paths: ['root'],
  create: idx,
});
