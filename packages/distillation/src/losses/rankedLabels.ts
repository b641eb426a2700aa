import { requireClassification, requireSameShape, softCrossEntropyRows, untracked } from '@understory/core';
import {
  add,
  cast,
  div,
  exp,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  reciprocal,
  softmax,
  square,
  sub,
  sum,
  tidy,
  topk,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { logChance, oddsAgainst, otherClasses } from './otherClasses.ts';

const WHAT = 'self-distillation';

/**
 * USKD's part of the own class (Yang et al. 2023, eq. 10): −mean (p² + 1 − mean p²) · log p, p the probability of the
 * row's class, the factor constant. `logits` [B, C], `labels` [B] int32 → [] in nats.
 */
export const smoothedTargetLoss = (logits: Tensor2D, labels: Tensor1D): Scalar =>
  tidy(() => {
    requireClassification(WHAT, logits, labels);
    const log = logChance(oddsAgainst(logits, labels)); // [B]
    const [factor] = untracked((): [Tensor1D] => {
      const squares: Tensor1D = square(exp(log));
      return [add(sub(squares, mean(squares)), 1)];
    });
    return neg(mean(mul(factor, log)));
  });

/** Place of each number in its row in falling order, from 1, equal ones by position. [B, C] → [B, C]. */
const ranksOf = (scores: Tensor2D): Tensor2D => {
  const { indices: order } = topk(scores, scores.shape[1]); // [B, C]: which one is first, second, …
  const { indices: places } = topk(neg(cast(order, 'float32')), scores.shape[1]); // its inverse
  return add<Tensor2D>(cast(places, 'float32'), 1);
};

/** Each number over what is left beside the row's own. [B, C], [B] int32 → [B, C]. */
const overRest = (x: Tensor2D, labels: Tensor1D): Tensor2D => {
  const own: Tensor = sum(mul(x, oneHot(labels, x.shape[1])), 1, true); // [B, 1]
  return div(x, add(sub(1, own), 1e-6));
};

/** What classes are ranked by beside the weak logits: log-probabilities as in the released code, or probabilities. */
export type RankBy = 'log-probability' | 'probability';

/**
 * Places of all classes by what the network and its weak head make of them (Yang et al. 2023, eq. 12), from 1, equal ones
 * by class. `logits`, `weak` [B, C], `labels` [B] int32 → [B, C], constant.
 */
export const classRanks = (
  logits: Tensor2D,
  weak: Tensor2D,
  labels: Tensor1D,
  rankBy: RankBy = 'log-probability',
): Tensor2D =>
  tidy(() => {
    requireSameShape(WHAT, { logits, weak }, '[B, C]');
    requireClassification(WHAT, logits, labels);
    const [ranks] = untracked((): [Tensor2D] => {
      const strong = rankBy === 'probability' ? softmax(logits) : logSoftmax(logits);
      return [ranksOf(add(overRest(softmax(weak), labels), overRest(strong, labels)))];
    });
    return ranks;
  });

/**
 * USKD's part of the other classes: mean cross-entropy among the C − 1 that are not the row's own with Zipf's law, 1/rank
 * over their sum; the own class leaves a gap among the ranks. `logits`, `ranks` [B, C], `labels` [B] int32 → [] in nats.
 */
export const rankedOthersLoss = (logits: Tensor2D, ranks: Tensor2D, labels: Tensor1D): Scalar =>
  tidy(() => {
    requireSameShape(WHAT, { logits, ranks }, '[B, C]');
    requireClassification(WHAT, logits, labels);
    const shares = reciprocal(otherClasses(ranks, labels)); // [B, C − 1]
    const target: Tensor2D = div(shares, sum(shares, 1, true));
    return mean(softCrossEntropyRows(otherClasses(logits, labels), target));
  });
