import {
  concat,
  div,
  mean,
  mul,
  square,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { requireSameShape, stopGradient, type PredictionLoss } from '@understory/core';
import type { Options } from './options.ts';
import { unitRows } from './unitRows.ts';
import { twoViews } from './views.ts';

export const PredictionOptions = {} satisfies Options;

/** Mean squared distance of each view's unit prediction from the other view's unit target, which takes no gradient. → [] */
const disagreement = (predictions: Tensor2D, targets: Tensor2D): Scalar => {
  requireSameShape('prediction loss', { predictions, targets }, '[2B, D]');
  const [a, b] = twoViews(stopGradient(unitRows(targets)));
  return mean(sum(square(sub(unitRows(predictions), concat([b, a]))), 1)); // 2 − 2·cosine, exact near 0
};

/** BYOL (Grill et al. 2020, eq. 2), both directions added: 0 where all agree, 8 at most; `targets` of the moving average. */
export const byol: PredictionLoss = (predictions, targets) =>
  tidy(() => mul(disagreement(predictions, targets), 2));

/** SimSiam (Chen & He 2021, eq. 2): −1 where all agree, 1 at most; `targets` are the same network's projections. */
export const simSiam: PredictionLoss = (predictions, targets) =>
  tidy(() => sub(div(disagreement(predictions, targets), 2), 1));

/** Share of the old weights in BYOL's moving average at a step: from `base` up to 1 along a cosine (Grill et al. 2020, §3.2). */
export const byolMomentum = (step: number, steps: number, base = 0.996): number =>
  1 - ((1 - base) * (Math.cos((Math.PI * step) / steps) + 1)) / 2;
