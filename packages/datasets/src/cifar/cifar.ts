import { DATASET, plugin, type DatasetFactory } from '@understory/core';
import { z } from 'zod';
import { NORMALIZATIONS } from '../normalization.ts';
import { LimitOption, ValidationOption } from '../splits/limits.ts';
import { openCifar, type CifarLayout } from './openCifar.ts';

export const Cifar10Options = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe(
      'folder, tar, tar.gz or zip with data_batch_1.bin … data_batch_5.bin and test_batch.bin, or the same without .bin: the version for Python, which is read where no file of the binary one lies there',
    ),
  validation: ValidationOption,
  limit: LimitOption,
});
export type Cifar10Options = z.input<typeof Cifar10Options>;

const BATCHES = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`);

const CIFAR10: CifarLayout = {
  name: 'cifar10',
  binary: {
    train: BATCHES.map((name) => `${name}.bin`),
    test: ['test_batch.bin'],
    names: 'batches.meta.txt',
    labelBytes: 1,
    label: 0,
  },
  python: {
    train: BATCHES,
    test: ['test_batch'],
    names: 'batches.meta',
    labels: 'labels',
    labelNames: 'label_names',
  },
  classes: 10,
  normalization: NORMALIZATIONS.cifar10,
};

/** CIFAR-10 (Krizhevsky 2009) in its binary version or that for Python: 50,000 + 10,000 images, 32 x 32. Errors: `bad-dataset`, `unsafe-pickle`. */
export const cifar10 = (options: Cifar10Options): DatasetFactory => {
  const parsed = Cifar10Options.parse(options);
  return (request) => openCifar(CIFAR10, parsed, request);
};

export const cifar10Plugin = plugin({
  token: DATASET,
  name: 'cifar10',
  summary: 'CIFAR-10 in its official binary version, or that for Python',
  when: 'The small benchmark that most papers report, 60,000 pictures of 32 pixels.',
  source: 'Krizhevsky 2009',
  options: Cifar10Options,
  paths: ['root'],
  create: cifar10,
});

export const Cifar100Options = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe(
      'folder, tar, tar.gz or zip with train.bin and test.bin, or train and test: the version for Python, which is read where no file of the binary one lies there',
    ),
  labels: z.enum(['fine', 'coarse']).default('fine').describe('100 classes, or the 20 groups that they form'),
  validation: ValidationOption,
  limit: LimitOption,
});
export type Cifar100Options = z.input<typeof Cifar100Options>;

const binary100 = { train: ['train.bin'], test: ['test.bin'], labelBytes: 2 };
const python100 = { train: ['train'], test: ['test'], names: 'meta' };

const CIFAR100: CifarLayout = {
  name: 'cifar100',
  binary: { ...binary100, names: 'fine_label_names.txt', label: 1 },
  python: { ...python100, labels: 'fine_labels', labelNames: 'fine_label_names' },
  classes: 100,
  normalization: NORMALIZATIONS.cifar100,
};
const COARSE: CifarLayout = {
  name: 'cifar100-coarse',
  binary: { ...binary100, names: 'coarse_label_names.txt', label: 0 },
  python: { ...python100, labels: 'coarse_labels', labelNames: 'coarse_label_names' },
  classes: 20,
  normalization: NORMALIZATIONS.cifar100,
};

/** CIFAR-100 (Krizhevsky 2009) in its binary version or that for Python: 50,000 + 10,000 images, 32 x 32. Errors: `bad-dataset`, `unsafe-pickle`. */
export const cifar100 = (options: Cifar100Options): DatasetFactory => {
  const parsed = Cifar100Options.parse(options);
  const layout = parsed.labels === 'fine' ? CIFAR100 : COARSE;
  return (request) => openCifar(layout, parsed, request);
};

export const cifar100Plugin = plugin({
  token: DATASET,
  name: 'cifar100',
  summary: 'CIFAR-100 in its official binary version, or that for Python, with fine or coarse classes',
  when: 'The benchmark of the CDS paper: 60,000 pictures of 32 pixels in 100 classes.',
  source: 'Krizhevsky 2009',
  options: Cifar100Options,
  paths: ['root'],
  create: cifar100,
});
