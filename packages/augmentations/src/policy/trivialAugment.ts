import { AUGMENTATION, plugin, type Augmentation } from '@understory/core';
import { z } from 'zod';
import { drawChange, drawOne } from './drawChange.ts';
import { RANDOM_OPERATIONS, WIDE } from './operations.ts';
import { colour, keepOption, levelCount } from '../options.ts';
import { policy } from './policy.ts';

export const TrivialAugmentOptions = z.strictObject({
  levels: levelCount().describe('levels from nothing to full strength, drawn equally often'),
  fill: colour(0),
  keep: keepOption(),
});
export type TrivialAugmentOptions = z.input<typeof TrivialAugmentOptions>;

/** One of 14 operations on each image, at a level drawn anew (Müller & Hutter 2021, the wide space). */
export const trivialAugment = (options: TrivialAugmentOptions = {}): Augmentation => {
  const { levels, fill, keep } = TrivialAugmentOptions.parse(options);
  return policy('trivial-augment', { slots: 1, fill, keep }, (rng, size) => {
    const name = drawOne(rng, RANDOM_OPERATIONS);
    return [drawChange(rng, [name, rng.integer(0, levels - 1) / (levels - 1)], WIDE, size)];
  });
};

export const trivialAugmentPlugin = plugin({
  token: AUGMENTATION,
  name: 'trivial-augment',
  summary: 'Does one random operation at a random level',
  when: 'Stronger augmentation of the first view with nothing to tune.',
  source: 'Müller and Hutter 2021, wide space',
  options: TrivialAugmentOptions,
  create: trivialAugment,
});
