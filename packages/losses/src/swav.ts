import { concat, div, mean, mul, neg, sum, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { requireSameShape, type PrototypeLoss } from '@understory/core';
import { logSoftmax } from './logSoftmax.ts';
import { positive, readOptions, type Given, type Options } from './options.ts';
import { sinkhorn, SinkhornOptions } from './sinkhorn.ts';
import { twoViews } from './views.ts';

export const SwavOptions = {
  ...SinkhornOptions,
  temperature: positive(0.1, 'divides the scores of the predicted view, no unit'),
} satisfies Options;
export type SwavOptions = Given<typeof SwavOptions>;

/**
 * SwAV's swapped prediction for two views (Caron et al. 2020, eq. 1 and 2): each view predicts the assignment that
 * `sinkhorn` gives the other. `scores` [2B, K], cosines of embeddings and prototypes, views stacked → [] in nats.
 */
export const swav = (options: SwavOptions = {}): PrototypeLoss => {
  const { temperature, ...rest } = readOptions('swav', SwavOptions, options);
  const assign = sinkhorn(rest);
  return (scores) =>
    tidy(() => {
      requireSameShape('swav', { scores }, '[2B, K]');
      const [a, b] = twoViews(scores);
      const codes = concat([assign(b), assign(a)]); // [2B, K], of the other view
      return neg(mean(sum(mul(codes, logSoftmax(div<Tensor2D>(scores, temperature))), 1)));
    });
};
