import { DATASET, plugin, type DatasetFactory } from '@understory/core';
import { z } from 'zod';
import { NORMALIZATIONS } from '../normalization.ts';
import { LimitOption, ValidationOption } from '../splits/limits.ts';
import { openCifar, type CifarLayout } from './openCifar.ts';

export const Cifar10Options = z.strictObject({
  root: z
    .string()
    .min(1)
    .describe('folder, tar, tar.gz or zip with data_batch_1.bin … data_batch_5.bin and test_batch.bin'),
  validation: ValidationOption,
  limit: LimitOption,
});
export type Cifar10Options = z.input<typeof Cifar10Options>;

const CIFAR10: CifarLayout = {
  name: 'cifar10',
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ['test_batch.bin'],
  labelBytes: 1,
  label: 0,
  names: 'batches.meta.txt',
  classes: 10,
  normalization: NORMALIZATIONS.cifar10,
};

/** CIFAR-10 (Krizhevsky 2009) in its binary version: 50,000 + 10,000 images, 32 x 32. Errors: `bad-dataset`. */
export const cifar10 = (options: Cifar10Options): DatasetFactory => {
  const parsed = Cifar10Options.parse(options);
  return (request) => openCifar(CIFAR10, parsed, request);
};

export const cifar10Plugin = plugin({
  token: DATASET,
  name: 'cifar10',
  summary: 'CIFAR-10 in its official binary version',
  when: 'The small benchmark that most papers report, 60,000 pictures of 32 pixels.',
  source: 'Krizhevsky 2009',
  options: Cifar10Options,
  create: cifar10,
});

export const Cifar100Options = z.strictObject({
  root: z.string().min(1).describe('folder, tar, tar.gz or zip with train.bin and test.bin'),
  labels: z.enum(['fine', 'coarse']).default('fine').describe('100 classes, or the 20 groups that they form'),
  validation: ValidationOption,
  limit: LimitOption,
});
export type Cifar100Options = z.input<typeof Cifar100Options>;

const CIFAR100: CifarLayout = {
  name: 'cifar100',
  train: ['train.bin'],
  test: ['test.bin'],
  labelBytes: 2,
  label: 1,
  names: 'fine_label_names.txt',
  classes: 100,
  normalization: NORMALIZATIONS.cifar100,
};
const COARSE = { name: 'cifar100-coarse', label: 0, names: 'coarse_label_names.txt', classes: 20 };

/** CIFAR-100 (Krizhevsky 2009) in its binary version: 50,000 + 10,000 images, 32 x 32. Errors: `bad-dataset`. */
export const cifar100 = (options: Cifar100Options): DatasetFactory => {
  const parsed = Cifar100Options.parse(options);
  const layout = parsed.labels === 'fine' ? CIFAR100 : { ...CIFAR100, ...COARSE };
  return (request) => openCifar(layout, parsed, request);
};

export const cifar100Plugin = plugin({
  token: DATASET,
  name: 'cifar100',
  summary: 'CIFAR-100 in its official binary version, with fine or coarse classes',
  when: 'The benchmark of the CDS paper: 60,000 pictures of 32 pixels in 100 classes.',
  source: 'Krizhevsky 2009',
  options: Cifar100Options,
  create: cifar100,
});
