import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { chance } from '../draw.ts';
import { drawChange, drawOne } from './drawChange.ts';
import { STANDARD } from './operations.ts';
import { colour, keepOption } from '../options.ts';
import { POLICIES, type SubPolicy } from './policies.ts';
import { policy } from './policy.ts';

const NAMES = ['cifar10', 'imagenet'] as const satisfies readonly (keyof typeof POLICIES)[];
const HIGHEST_LEVEL = 9;

export const AutoAugmentOptions = z.strictObject({
  policy: z.enum(NAMES).default('cifar10').describe('the dataset for which the policy was found'),
  fill: colour(0),
  keep: keepOption(),
});
export type AutoAugmentOptions = z.input<typeof AutoAugmentOptions>;

/** One of 25 pairs of operations on each image, as searched for on a dataset (Cubuk et al. 2019). Put it after crop and flip. */
export const autoAugment = (options: AutoAugmentOptions = {}): Augmentation => {
  const { policy: name, fill, keep } = AutoAugmentOptions.parse(options);
  const rows: readonly SubPolicy[] = POLICIES[name];
  return policy('auto-augment', { slots: 2, fill, keep }, (rng, size) =>
    drawOne(rng, rows).map(([operation, p, level = 0]) => {
      const chosen = chance(rng, p) === 1;
      const change = drawChange(rng, [operation, level / HIGHEST_LEVEL], STANDARD, size);
      return chosen ? change : {};
    }),
  );
};

export const autoAugmentPlugin = plugin({
  token: AUGMENTATION,
  name: 'auto-augment',
  summary: 'Does a pair of operations from a policy that was searched for',
  when: 'Long runs on CIFAR or ImageNet: after crop and flip of the first view.',
  source: 'Cubuk et al. 2019, tables 7 and 9',
  options: AutoAugmentOptions,
  create: autoAugment,
});
