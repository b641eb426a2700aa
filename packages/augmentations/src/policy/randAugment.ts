import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { drawChange, drawOne } from './drawChange.ts';
import { RANDOM_OPERATIONS, STANDARD } from './operations.ts';
import { colour, keepOption, levelCount, operationCount, within } from '../options.ts';
import { policy } from './policy.ts';

export const RandAugmentOptions = z
  .strictObject({
    operations: operationCount().describe('operations an image'),
    magnitude: within(0, 999, 'a level')
      .default(9)
      .describe('level of every operation, from 0 to levels − 1'),
    levels: levelCount().describe('levels from nothing to full strength'),
    fill: colour(0),
    keep: keepOption(),
  })
  .refine(({ magnitude, levels }) => magnitude <= levels - 1, {
    path: ['magnitude'],
    error: 'expected a level from 0 to "levels" − 1 (30 of 31); give a smaller one, or more "levels"',
  });
export type RandAugmentOptions = z.input<typeof RandAugmentOptions>;

/** Some of 14 operations on each image, drawn with replacement, all at one level (Cubuk et al. 2020; torchvision's space). */
export const randAugment = (options: RandAugmentOptions = {}): Augmentation => {
  const { operations, magnitude, levels, fill, keep } = RandAugmentOptions.parse(options);
  const part = magnitude / (levels - 1);
  return policy('rand-augment', { slots: operations, fill, keep }, (rng, size) =>
    Array.from({ length: operations }, () =>
      drawChange(rng, [drawOne(rng, RANDOM_OPERATIONS), part], STANDARD, size),
    ),
  );
};

export const randAugmentPlugin = plugin({
  token: AUGMENTATION,
  name: 'rand-augment',
  summary: 'Does random operations, all at one level',
  when: 'Stronger augmentation of the first view with two numbers to tune.',
  source: "Cubuk et al. 2020, torchvision's space of operations",
  options: RandAugmentOptions,
  create: randAugment,
});
