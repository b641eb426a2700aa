import {
  add,
  div,
  matMul,
  mean,
  mul,
  neg,
  sum,
  tidy,
  transpose,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { ContrastiveLoss } from '@understory/core';
import { logSoftmax } from './logSoftmax.ts';
import { positive, readOptions, type Given, type Options } from './options.ts';
import { selfPairs } from './pairs.ts';
import { unitRows } from './unitRows.ts';
import { twoViews, ofViews } from './views.ts';

export const InfoNceOptions = {
  temperature: positive(0.07, 'divides the cosines, no unit'),
} satisfies Options;
export type InfoNceOptions = Given<typeof InfoNceOptions>;

/** Cross-entropy of each row's own column. [N, N] → []. */
const ownColumn = (logits: Tensor2D): Scalar => {
  const n = logits.shape[0];
  const own = selfPairs(n, { from: 0, count: n });
  return neg(mean(sum(mul(logSoftmax(logits), own), 1)));
};

/**
 * Cross-view InfoNCE, both directions (as in CLIP, Radford et al. 2021): each row finds its sample among the rows of
 * the other view; rows of its own view are no negatives. `features` [2B, D], normalised here → [] in nats.
 */
export const infoNce = (options: InfoNceOptions = {}): ContrastiveLoss => {
  const { temperature } = readOptions('infonce', InfoNceOptions, options);
  return ofViews(2, (features) =>
    tidy(() => {
      const [a, b] = twoViews(unitRows(features)); // [B, D] each
      const logits: Tensor2D = div(matMul(a, b, false, true), temperature); // [B, B]
      const ofA = ownColumn(logits);
      const ofB = ownColumn(transpose(logits));
      return div(add(ofA, ofB), 2); // []
    }),
  );
};
