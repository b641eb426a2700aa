import {
  add,
  cast,
  div,
  greater,
  matMul,
  maximum,
  mul,
  slice,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { ContrastiveLoss, Positives } from '@understory/core';
import { logSoftmax } from './logSoftmax.ts';
import { groupsOf, samplesIn } from './groups.ts';
import { positive, whole, choice, readOptions, type Given, type Options } from './options.ts';
import { positivePairs, withoutSelf, type Rows } from './pairs.ts';
import { unitRows } from './unitRows.ts';
import { ofViews } from './views.ts';

export const SupConOptions = {
  temperature: positive(0.07, 'divides the cosines, no unit'),
  baseTemperature: positive(0.07, 'the loss is multiplied by temperature / baseTemperature, no unit'),
  anchors: choice(
    ['all', 'first'],
    'all',
    'rows that look for their positives: all, or those of the first view',
  ),
  views: whole(2, 1, 'views stacked in the features'),
} satisfies Options;
export type SupConOptions = Given<typeof SupConOptions>;

/** The rows that are anchors. */
export const anchorRows = (n: number, anchors: 'all' | 'first', views: number): Rows => ({
  from: 0,
  count: anchors === 'all' ? n : samplesIn(n, views),
});

/** Mean over the anchors that have a positive, of their (weighted) mean log-probability of a positive; 0 if none has. Both [A, N]. */
const meanOverAnchors = (positive: Tensor2D, logP: Tensor2D): Scalar => {
  const count = sum(positive, 1); // [A, N] → [A]
  const has = cast(greater(count, 0), 'float32'); // [A]
  const perAnchor = div(sum(mul(positive, logP), 1), add(count, sub(1, has))); // [A], 0 without a positive
  return div(sum(perAnchor), maximum(sum(has), 1)); // [A] → []
};

/**
 * Supervised contrastive loss (Khosla et al. 2020, eq. 2, L_out), as in the official code. `features` [V·B, D], views
 * stacked, normalised here; `labels` [B] or [V·B] int32; without them the views of a sample are its positives → [] in
 * nats. With an affinity A in their place an anchor's term is the weighted mean −Σ_j A_ij · log p_ij / Σ_j A_ij over j ≠ i. Departures: an anchor without a positive is left out of the mean (`anchorsWithoutPositive` counts them), and
 * the row maximum is taken without the row itself, so that float32 stays finite at any temperature.
 */
export const supCon = (options: SupConOptions = {}): ContrastiveLoss => {
  const { temperature, baseTemperature, anchors, views } = readOptions('supcon', SupConOptions, options);
  return ofViews(views, (features: Tensor2D, positives?: Positives): Scalar =>
    tidy(() => {
      const n = features.shape[0];
      const rows = anchorRows(n, anchors, views);
      const unit = unitRows(features); // [N, D]
      const cosines = matMul(slice(unit, 0, rows.count), unit, false, true); // [A, N]
      const logP = logSoftmax(withoutSelf(div<Tensor2D>(cosines, temperature), rows)); // [A, N]
      const positive = positivePairs(groupsOf(n, positives, views), n, rows); // [A, N]
      return mul(meanOverAnchors(positive, logP), -temperature / baseTemperature); // []
    }),
  );
};
