import { concat, div, mean, mul, neg, sum, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { plugin, PROTOTYPE_LOSS, requireSameShape, type PrototypeLoss } from '@understory/core';
import { z } from 'zod';
import { logSoftmax } from './logSoftmax.ts';
import { sinkhorn, SinkhornOptions } from './sinkhorn.ts';
import { twoViews } from './views.ts';

export const SwavOptions = SinkhornOptions.extend({
  temperature: z
    .number()
    .positive()
    .default(0.1)
    .describe('divides the scores of the predicted view, no unit'),
});
export type SwavOptions = z.input<typeof SwavOptions>;

/**
 * SwAV's swapped prediction for two views (Caron et al. 2020, eq. 1 and 2): each view predicts the assignment that
 * `sinkhorn` gives the other. `scores` [2B, K], cosines of embeddings and prototypes, views stacked → [] in nats.
 */
export const swav = (options: SwavOptions = {}): PrototypeLoss => {
  const { temperature, ...rest } = SwavOptions.parse(options);
  const assign = sinkhorn(rest);
  return (scores) =>
    tidy(() => {
      requireSameShape('swav', { scores }, '[2B, K]');
      const [a, b] = twoViews(scores);
      const codes = concat([assign(b), assign(a)]); // [2B, K], of the other view
      return neg(mean(sum(mul(codes, logSoftmax(div<Tensor2D>(scores, temperature))), 1)));
    });
};

export const swavPlugin = plugin({
  token: PROTOTYPE_LOSS,
  name: 'swav',
  summary: "Each view predicts to which prototypes the other view's embedding belongs",
  when: 'You have no labels, and look for clusters. It belongs to swapped-prediction.',
  source: 'Caron et al. 2020 (SwAV), eq. 1 and 2',
  options: SwavOptions,
  create: swav,
});
