import type { Samples, Seed } from '@understory/core';
import { z } from 'zod';
import { balancedSubset } from '../samples/balancedSubset.ts';
import { FIXED_SEED } from './fixedSeed.ts';

const count = z.int().positive();

export const LimitOption = z
  .union([
    count,
    z.strictObject({ train: count.optional(), validation: count.optional(), test: count.optional() }),
  ])
  .optional()
  .describe(
    'most images of each split, or of the splits named; drawn class-balanced, the test images alike for all seeds',
  );
export type LimitOption = z.output<typeof LimitOption>;

export const ValidationOption = z
  .number()
  .min(0)
  .max(0.9)
  .default(0.1)
  .describe('share of the training images, of each class, that chooses the best checkpoint');

export interface Splits {
  readonly train: Samples;
  readonly validation: Samples;
  readonly test: Samples;
}

/** Cuts each split down to its limit. Training and validation images are drawn by the run's seed, test images never. */
export const limited = (splits: Splits, limit: LimitOption, seed: Seed): Splits => {
  const cut = (name: keyof Splits): Samples => {
    const most = typeof limit === 'number' ? limit : limit?.[name];
    const samples = splits[name];
    if (most === undefined || most >= samples.length) return samples;
    return balancedSubset(samples, { count: most }, (name === 'test' ? FIXED_SEED : seed).at('limit', name));
  };
  return { train: cut('train'), validation: cut('validation'), test: cut('test') };
};
