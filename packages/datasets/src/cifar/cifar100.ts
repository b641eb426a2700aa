import { DATASET, plugin, type DatasetFactory } from '@understory/core';
import { z } from 'zod';
import { NORMALIZATIONS } from '../normalization.ts';
import { LimitOption, ValidationOption } from '../splits/limits.ts';
import { openCifar, type CifarLayout } from './openCifar.ts';

export const Cifar100Options = z.strictObject({
  root: z.string().min(1).describe('folder, tar, tar.gz or zip with train.bin and test.bin'),
  labels: z.enum(['fine', 'coarse']).default('fine').describe('100 classes, or the 20 groups that they form'),
  validation: ValidationOption,
  limit: LimitOption,
});
export type Cifar100Options = z.input<typeof Cifar100Options>;

const LAYOUT: CifarLayout = {
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
  const layout = parsed.labels === 'fine' ? LAYOUT : { ...LAYOUT, ...COARSE };
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
