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
import type { ContrastiveLoss } from '@understory/core';
import { notNegative, readOptions, type Given, type Options } from './options.ts';
import { selfPairs } from './pairs.ts';
import { atLeastTwoSamples, twoViews, ofViews } from './views.ts';

export const BarlowTwinsOptions = {
  offDiagonal: notNegative(5e-3, 'weight of the squared correlations between different features'),
} satisfies Options;
export type BarlowTwinsOptions = Given<typeof BarlowTwinsOptions>;

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
  const { offDiagonal } = readOptions('barlow-twins', BarlowTwinsOptions, options);
  const loss: ContrastiveLoss = (features) =>
    tidy(() => {
      const [a, b] = twoViews(features);
      const [samples, width] = a.shape;
      atLeastTwoSamples('barlow-twins', samples);
      const correlation = div(matMul(standardize(a), standardize(b), true), samples); // [D, D]
      const own = selfPairs(width, { from: 0, count: width }); // [D, D]
      const onDiagonal = sum(mul(own, square(sub(correlation, 1))));
      const off = sum(mul(sub(1, own), square(correlation)));
      return add(onDiagonal, mul(off, offDiagonal));
    });
  // It is a sum over features. The factor is ours.
  return ofViews(2, loss, { factor: (width) => 5 / width });
};
