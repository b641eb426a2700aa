import { permutation, plugin, SAMPLER, type Sampler } from '@understory/core';
import { z } from 'zod';

export const ShuffledOptions = z.strictObject({});
export type ShuffledOptions = z.input<typeof ShuffledOptions>;

/** Every image once an epoch, each epoch in an order of its own. */
export const shuffled = (options: ShuffledOptions = {}): Sampler => {
  ShuffledOptions.parse(options);
  return ({ length }) =>
    (seed) =>
      permutation(length, seed.rng());
};

export const shuffledPlugin = plugin({
  token: SAMPLER,
  name: 'shuffled',
  summary: 'Every image once an epoch, in a random order',
  when: 'Classes of much the same size: the default.',
  source: 'Fisher and Yates 1938, drawn anew for each epoch',
  options: ShuffledOptions,
  create: shuffled,
});
