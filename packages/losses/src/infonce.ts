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
import { LOSS, plugin, type ContrastiveLoss } from '@understory/core';
import { z } from 'zod';
import { logSoftmax } from './logSoftmax.ts';
import { selfPairs } from './pairs.ts';
import { unitRows } from './unitRows.ts';
import { twoViews, ofViews } from './views.ts';

export const InfoNceOptions = z.strictObject({
  temperature: z.number().positive().default(0.07).describe('divides the cosines, no unit'),
});
export type InfoNceOptions = z.input<typeof InfoNceOptions>;

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
  const { temperature } = InfoNceOptions.parse(options);
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

export const infoNcePlugin = plugin({
  token: LOSS,
  name: 'infonce',
  summary: 'Cross-view InfoNCE: negatives from the other view only',
  when: 'Two views, each of which shall find the other; as between images and texts.',
  source: 'Radford et al. 2021 (CLIP), across views',
  options: InfoNceOptions,
  create: infoNce,
});
