import {
  div,
  matMul,
  mean,
  mul,
  softmax,
  sub,
  sum,
  tidy,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { stopGradient, type ContrastiveLoss } from '@understory/core';
import { sampleGroups } from './groups.ts';
import { logSumExp } from './logSumExp.ts';
import { positive, readOptions, type Given, type Options } from './options.ts';
import { withoutGroup } from './pairs.ts';
import { unitRows } from './unitRows.ts';
import { atLeastTwoSamples, twoViews, ofViews } from './views.ts';

export const DclOptions = {
  temperature: positive(0.1, 'divides the cosines, no unit'),
} satisfies Options;
export type DclOptions = Given<typeof DclOptions>;

export const DclwOptions = {
  ...DclOptions,
  sigma: positive(0.5, 'divides the cosines of positives in their weights, no unit'),
} satisfies Options;
export type DclwOptions = Given<typeof DclwOptions>;

/** Weights of the positives' terms from their cosines, [B] → [B]. */
type Weigh = (positives: Tensor1D) => Tensor1D;

const decoupled = (name: string, temperature: number, weigh?: Weigh): ContrastiveLoss =>
  ofViews(2, (features) =>
    tidy(() => {
      const unit = unitRows(features); // [2B, D]
      const [a, b] = twoViews(unit);
      atLeastTwoSamples(name, a.shape[0]);
      const cosine = sum<Tensor1D>(mul(a, b), 1); // [B], of each sample's two views
      const positive = weigh ? mul(stopGradient(weigh(cosine)), cosine) : cosine;
      const logits: Tensor2D = div(matMul(unit, unit, false, true), temperature); // [2B, 2B]
      const negatives = logSumExp(withoutGroup(logits, sampleGroups(unit.shape[0], 2))); // [2B]
      return sub(mean(negatives), div(mean(positive), temperature)); // []
    }),
  );

/**
 * Decoupled contrastive loss (Yeh et al. 2022, eq. 6): NT-Xent without the positive in the denominator, so that small
 * batches learn too. `features` [2B, D], B ≥ 2, normalised here → [] in nats, below zero where views agree.
 */
export const dcl = (options: DclOptions = {}): ContrastiveLoss =>
  decoupled('dcl', readOptions('dcl', DclOptions, options).temperature);

/** DCL whose positives weigh 2 − B·softmax(cosine / sigma), without gradient (Yeh et al. 2022, eq. 7): far pairs count more. */
export const dclw = (options: DclwOptions = {}): ContrastiveLoss => {
  const { temperature, sigma } = readOptions('dclw', DclwOptions, options);
  return decoupled('dclw', temperature, (cosine) =>
    sub(2, mul(softmax(div(cosine, sigma)), cosine.shape[0])),
  );
};
