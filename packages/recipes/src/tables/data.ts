import path from 'node:path';
import { officialDataset } from '@understory/datasets';
import type { Spec } from '@understory/core';
import type { Scale } from './protocol.ts';
import type { Source } from './table.ts';

export interface TableRequest {
  readonly scale: Scale;
  /** Where the table's data lies; where `understory data get` puts it when absent. What it is, each table's `sources` says. */
  readonly data?: string;
  readonly test?: string;
  /** What networks are trained on first, where a table has such rows: its `sources` say what. */
  readonly pretrain?: string;
  readonly pretrainTest?: string;
}

/** Where `understory data get` puts a dataset. */
const usualPlace = (name: string): string => path.join('data', name, officialDataset(name).root);

/** An official dataset as a source of a table. */
export const officialSource = (name: string, { data }: TableRequest): Source => ({
  option: '--data',
  what: officialDataset(name).title,
  path: data ?? usualPlace(name),
  get: `understory data get ${name}`,
});

/** Where a table's data lies: as asked for, or an official dataset where it is usually put. */
export const dataOf = (name: string, { data }: TableRequest): string => data ?? usualPlace(name);

/** Most images of a pocket run: to train on, to choose the epoch by, and to test on. */
export const POCKET_LIMIT = { train: 5000, validation: 500, test: 2000 };

/** What weights are chosen by: so many images of CIFAR, or a share of those to train on. */
export const TRIAL_IMAGES = { pocket: 2000, paper: 0.1 };

const isBinary = (root: string, test: string | undefined): boolean =>
  test === undefined && !/images?/i.test(root);

/** CIFAR-10 or -100 of some images, from its official files, or from image folders or tars. */
export const cifarOf = (
  name: 'cifar10' | 'cifar100',
  root: string,
  test: string | undefined,
  amount: Readonly<Record<string, unknown>>,
): Spec => {
  if (isBinary(root, test)) return [name, { root, ...amount }];
  const images = { root, ...(test !== undefined && { test }) };
  // The statistics of CIFAR-10 for both, as in the released code.
  return ['images', { ...images, size: [32, 32], normalization: 'cifar10', ...amount }];
};

/**
 * CIFAR-10 or -100 at a scale. Pocket: 5,000 training images, 500 to choose the epoch by, 2,000 to test on. Paper: all 50,000
 * are trained on, as in the released code. `validation`: other numbers to choose by, or for the paper's scale another share.
 */
export const cifarAt = (
  name: 'cifar10' | 'cifar100',
  request: TableRequest,
  validation = { pocket: POCKET_LIMIT.validation, paper: 0 },
): Spec => {
  const limit = { ...POCKET_LIMIT, validation: validation.pocket };
  const amount = request.scale === 'pocket' ? { limit } : { validation: validation.paper };
  return cifarOf(name, dataOf(name, request), request.test, amount);
};

/** Where ImageNet lies, on which networks are trained first. */
export const imagenetBefore = ({ pretrain }: TableRequest): string => pretrain ?? usualPlace('imagenet');

/** The same as a source of a table. */
export const sourceBefore = (name: string, { pretrain }: TableRequest): Source => ({
  option: '--pretrain',
  what: officialDataset(name).title,
  path: pretrain ?? usualPlace(name),
  get: `understory data get ${name}`,
});

/** CIFAR-10 on which pocket networks are trained first: so many images. */
export const cifarBefore = ({ pretrain, pretrainTest }: TableRequest, train: number): Spec =>
  cifarOf('cifar10', pretrain ?? usualPlace('cifar10'), pretrainTest, { limit: { ...POCKET_LIMIT, train } });

/** Photographs of ImageNet are cut to their middle square of this side, of which views take theirs. */
export const IMAGENET_SQUARE: [number, number] = [256, 256];

/** ImageNet as it is distributed, with its official validation images. */
export const imagenetAt = (root: string): Spec => ['imagenet', { root, size: IMAGENET_SQUARE }];
