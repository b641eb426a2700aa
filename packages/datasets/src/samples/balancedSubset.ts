import type { Samples, Seed } from '@understory/core';
import { balancedPositions, type Amount } from '../splits/balancedPositions.ts';
import { subset } from './subset.ts';

/**
 * A class-balanced part of a split: the labelled images of a semi-supervised run, say. `{ fraction: 0.1 }` takes 10 %
 * of each class, `{ count: 400 }` as equal a number of each as there is. Errors: `bad-amount`.
 */
export const balancedSubset = (samples: Samples, amount: Amount, seed: Seed): Samples =>
  subset(samples, balancedPositions(samples.labels, amount, seed.rng()));
