import {
  add,
  addN,
  div,
  matMul,
  mean,
  mul,
  relu,
  sqrt,
  square,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { ContrastiveLoss } from '@understory/core';
import { notNegative, readOptions, type Given, type Options } from './options.ts';
import { selfPairs } from './pairs.ts';
import { atLeastTwoSamples, twoViews, ofViews } from './views.ts';

export const VicRegOptions = {
  invariance: notNegative(25, 'weight of the mean squared difference of the views'),
  variance: notNegative(25, 'weight of the hinge that keeps each standard deviation above 1'),
  covariance: notNegative(1, 'weight of the squared covariances between different features'),
} satisfies Options;
export type VicRegOptions = Given<typeof VicRegOptions>;

/** Added to each variance before its root. */
const EPSILON = 1e-4;

/** Hinge and covariance terms of one view. `x` [B, D] → two of []. */
const spread = (x: Tensor2D): { hinge: Scalar; covariance: Scalar } => {
  const [samples, width] = x.shape;
  const centred: Tensor2D = sub(x, mean(x, 0, true));
  const variance = div(sum(square(centred), 0), samples - 1); // [D], unbiased
  const hinge = mean<Scalar>(relu(sub(1, sqrt(add(variance, EPSILON)))));
  const covariances = div(matMul(centred, centred, true), samples - 1); // [D, D]
  const others = sub(1, selfPairs(width, { from: 0, count: width }));
  return { hinge, covariance: div(sum(square(mul(covariances, others))), width) };
};

/**
 * VICReg (Bardes et al. 2022, eq. 6, weights and halving as in its code): views agree, each feature varies, no two
 * covary. `features` [2B, D], B ≥ 2, taken as they are (not normalised) → [].
 */
export const vicReg = (options: VicRegOptions = {}): ContrastiveLoss => {
  const weights = readOptions('vicreg', VicRegOptions, options);
  const loss: ContrastiveLoss = (features) =>
    tidy(() => {
      const [a, b] = twoViews(features);
      atLeastTwoSamples('vicreg', a.shape[0]);
      const [ofA, ofB] = [spread(a), spread(b)];
      return addN<Scalar>([
        mul(mean(square(sub(a, b))), weights.invariance),
        mul(add(ofA.hinge, ofB.hinge), weights.variance / 2),
        mul(add(ofA.covariance, ofB.covariance), weights.covariance),
      ]);
    });
  return ofViews(2, loss, { factor: () => 0.2 }); // ours
};
