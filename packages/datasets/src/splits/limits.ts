import { classesOf, type LeftOut, type Samples, type Seed, type SplitName } from '@understory/core';
import { z } from 'zod';
import { badDataset, shortNames } from '../errors.ts';
import { balancedSubset } from '../samples/samples.ts';
import { FIXED_SEED } from './splits.ts';

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

/** Where a split comes from that is a share of the training images, or why it is empty. */
export const takenOrigin = (share: number, count: number, option: string): string => {
  if (count > 0) return 'taken from train';
  return share === 0
    ? `none: the option ${option} takes no share of train`
    : `none: a share of ${share} of train is less than one image of any class`;
};

export type Splits = Readonly<Record<SplitName, Samples>>;

export interface LimitContext {
  readonly seed: Seed;
  readonly classes: readonly string[];
  /** The dataset, for messages. */
  readonly name: string;
}

const checkTrainClasses = (train: Samples, before: Samples, { classes, name }: LimitContext): void => {
  if (train === before) return;
  const [had, has] = [new Set(classesOf(before)), new Set(classesOf(train))];
  const lost = classes.filter((_, label) => had.has(label) && !has.has(label));
  if (lost.length === 0) return;
  throw badDataset(
    name,
    `the limit of ${train.length} training images leaves none of class ${shortNames(lost)}. Set limit to ${had.size} or more`,
  );
};

/** Splits cut down to their limits, and what that leaves out. */
export type LimitedSplits = Splits & { readonly leftOut: readonly LeftOut[] };

/** Cuts each split that is over its limit: `draw` takes so many of its samples, by a seed of the split's own. */
export const cutToLimits = (
  splits: Splits,
  { limit, seed }: { readonly limit: LimitOption; readonly seed: Seed },
  draw: (samples: Samples, most: number, seed: Seed) => Samples,
): LimitedSplits => {
  const leftOut: LeftOut[] = [];
  const cut = (name: SplitName): Samples => {
    const most = typeof limit === 'number' ? limit : limit?.[name];
    const samples = splits[name];
    if (most === undefined || most >= samples.length) return samples;
    leftOut.push({
      reason: `over the limit of ${most} for ${name}`,
      count: samples.length - most,
      examples: [],
    });
    return draw(samples, most, (name === 'test' ? FIXED_SEED : seed).at('limit', name));
  };
  return { train: cut('train'), validation: cut('validation'), test: cut('test'), leftOut };
};

/**
 * Cuts each split down to its limit, classes in balance, and counts what that leaves out. Training and validation images are
 * drawn by the run's seed, test images never. Errors: `bad-dataset` where a class loses its last training image.
 */
export const limited = (splits: Splits, limit: LimitOption, context: LimitContext): LimitedSplits => {
  const made = cutToLimits(splits, { limit, seed: context.seed }, (samples, count, seed) =>
    balancedSubset(samples, { count }, seed),
  );
  checkTrainClasses(made.train, splits.train, context);
  return made;
};
