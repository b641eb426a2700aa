import {
  add,
  cast,
  div,
  greater,
  greaterEqual,
  maximum,
  mul,
  relu,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { stopGradient, type ContrastiveLoss, type Positives } from '@understory/core';
import { groupsOf } from './groups.ts';
import { everything, hardest, semiHard, type Triplets } from './miners.ts';
import { whole, choice, readOptions, type Given, type Options } from './options.ts';
import { isAffinity, positivePairs, selfPairs, type Rows } from './pairs.ts';
import { TripletOptions } from './triplet.ts';
import { unitRows } from './unitRows.ts';
import { ofViews } from './views.ts';

export const BatchTripletOptions = {
  ...TripletOptions,
  miner: choice(
    ['hard', 'semi-hard', 'all'],
    'hard',
    'triplets that count: the hardest of each anchor, a semi-hard one of each positive pair, or all that violate the margin',
  ),
  views: whole(2, 1, 'views stacked in the features'),
} satisfies Options;
export type BatchTripletOptions = Given<typeof BatchTripletOptions>;

const MINERS = { hard: hardest, 'semi-hard': semiHard, all: everything } as const;

/** Mean of the hinges that count; 0 where none does. */
const meanHinge = ({ near, far, valid }: Triplets, margin: number, violatingOnly: boolean): Scalar => {
  const hinge = relu(add(sub(near, far), margin));
  const counted = violatingOnly ? mul(valid, cast(greater(stopGradient(hinge), 0), 'float32')) : valid;
  return div(sum(mul(hinge, counted)), maximum(sum(counted), 1));
};

/**
 * 1 where two different rows belong together. A triplet has positives and negatives and nothing between: of an affinity, 0.5
 * and more is a positive and less a negative, as in metric learning with several labels (a Jaccard index of 0.5 and more).
 */
const alikeOf = (positives: Positives, n: number, rows: Rows): Tensor2D => {
  const pairs = positivePairs(positives, n, rows);
  return isAffinity(positives) ? cast(greaterEqual(pairs, 0.5), 'float32') : pairs;
};

/**
 * Triplet loss over mined triplets of a batch (Hermans et al. 2017), Euclidean distances of unit rows. `features`
 * [V·B, D], normalised here; `labels` [B] or [V·B] int32, or an affinity, of which 0.5 and more is a positive; without
 * them the views of a sample belong together → []. Rows
 * with no positive or no negative are left out. Memory: `hard` N² + N·D numbers, the others N²·D + N³, N = V·B.
 */
export const batchTriplet = (options: BatchTripletOptions = {}): ContrastiveLoss => {
  const { margin, miner, views } = readOptions('triplet of a batch', BatchTripletOptions, options);
  return ofViews(views, (features, positives) =>
    tidy(() => {
      const n = features.shape[0];
      const all = { from: 0, count: n };
      const alike = alikeOf(groupsOf(n, positives, views), n, all); // [N, N]
      const unlike: Tensor2D = sub(1, add(alike, selfPairs(n, all))); // [N, N]
      return meanHinge(MINERS[miner]({ rows: unitRows(features), alike, unlike }), margin, miner === 'all');
    }),
  );
};
