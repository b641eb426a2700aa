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
import { LOSS, plugin, stopGradient, type ContrastiveLoss } from '@understory/core';
import { z } from 'zod';
import { sampleGroups } from './groups.ts';
import { logSumExp } from './logSumExp.ts';
import { withoutGroup } from './pairs.ts';
import { unitRows } from './unitRows.ts';
import { atLeastTwoSamples, twoViews, ofViews } from './views.ts';

export const DclOptions = z.strictObject({
  temperature: z.number().positive().default(0.1).describe('divides the cosines, no unit'),
});
export type DclOptions = z.input<typeof DclOptions>;

export const DclwOptions = DclOptions.extend({
  sigma: z
    .number()
    .positive()
    .default(0.5)
    .describe('divides the cosines of positives in their weights, no unit'),
});
export type DclwOptions = z.input<typeof DclwOptions>;

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
  decoupled('dcl', DclOptions.parse(options).temperature);

/** DCL whose positives weigh 2 − B·softmax(cosine / sigma), without gradient (Yeh et al. 2022, eq. 7): far pairs count more. */
export const dclw = (options: DclwOptions = {}): ContrastiveLoss => {
  const { temperature, sigma } = DclwOptions.parse(options);
  return decoupled('dclw', temperature, (cosine) =>
    sub(2, mul(softmax(div(cosine, sigma)), cosine.shape[0])),
  );
};

export const dclPlugin = plugin({
  token: LOSS,
  name: 'dcl',
  summary: 'Decoupled contrastive: NT-Xent with negatives alone in the denominator',
  when: 'Small batches: the positive pair does not stand in the denominator.',
  source: 'Yeh et al. 2022',
  options: DclOptions,
  create: dcl,
});

export const dclwPlugin = plugin({
  token: LOSS,
  name: 'dclw',
  summary: 'Decoupled contrastive with more weight on pairs that are far apart',
  when: 'As dcl, with hard positives weighted.',
  source: 'Yeh et al. 2022',
  options: DclwOptions,
  create: dclw,
});
