import {
  add,
  div,
  matMul,
  mean,
  mul,
  sqrt,
  square,
  sub,
  sum,
  tidy,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { LOSS, plugin, type ContrastiveLoss } from '@understory/core';
import { z } from 'zod';
import { selfPairs } from './pairs.ts';
import { atLeastTwoSamples, twoViews, ofViews } from './views.ts';

export const BarlowTwinsOptions = z.strictObject({
  offDiagonal: z
    .number()
    .min(0)
    .default(5e-3)
    .describe('weight of the squared correlations between different features'),
});
export type BarlowTwinsOptions = z.input<typeof BarlowTwinsOptions>;

/** Added to each column's variance, as in batch normalisation. */
const EPSILON = 1e-5;

/** Columns of mean 0 and (biased) variance 1. [B, D] → [B, D]. */
const standardize = (x: Tensor2D): Tensor2D => {
  const centred = sub(x, mean(x, 0, true));
  return div(centred, sqrt(add(mean(square(centred), 0, true), EPSILON)));
};

/**
 * Barlow Twins (Zbontar et al. 2021, eq. 1): the cross-correlation of the two views' features should be the identity.
 * `features` [2B, D], B ≥ 2, columns standardised here (rows are not normalised) → [].
 */
export const barlowTwins = (options: BarlowTwinsOptions = {}): ContrastiveLoss => {
  const { offDiagonal } = BarlowTwinsOptions.parse(options);
  return ofViews(2, (features) =>
    tidy(() => {
      const [a, b] = twoViews(features);
      const [samples, width] = a.shape;
      atLeastTwoSamples('barlow-twins', samples);
      const correlation = div(matMul(standardize(a), standardize(b), true), samples); // [D, D]
      const own = selfPairs(width, { from: 0, count: width }); // [D, D]
      const onDiagonal = sum(mul(own, square(sub(correlation, 1))));
      const off = sum(mul(sub(1, own), square(correlation)));
      return add(onDiagonal, mul(off, offDiagonal));
    }),
  );
};

export const barlowTwinsPlugin = plugin({
  token: LOSS,
  name: 'barlow-twins',
  summary: 'Barlow Twins: features of the two views correlate one to one, no negatives',
  when: 'No negatives: views agree, and dimensions do not repeat each other.',
  source: 'Zbontar et al. 2021',
  options: BarlowTwinsOptions,
  create: barlowTwins,
});
