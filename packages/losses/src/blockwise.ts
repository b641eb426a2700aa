import {
  add,
  cast,
  concat,
  customGrad,
  div,
  exp,
  expandDims,
  expm1,
  eye,
  greater,
  less,
  matMul,
  maximum,
  mul,
  range,
  reshape,
  slice,
  split,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { ContrastiveLoss, Positives } from '@understory/core';
import { groupsOf } from './groups.ts';
import { partition } from './logSoftmax.ts';
import { whole, choice, readOptions, type Given, type Options } from './options.ts';
import { isAffinity, pairsOfOthers, positivePairs, withoutSelf, type Rows } from './pairs.ts';
import { anchorRows, SupConOptions } from './supcon.ts';
import { unitRows } from './unitRows.ts';
import { ofViews } from './views.ts';

export const BlockwiseSupConOptions = {
  ...SupConOptions,
  block: whole(256, 1, 'rows whose similarities are held at once'),
  positives: choice(
    ['labels', 'views'],
    'labels',
    'what tells which rows belong together where labels, or an affinity, are given',
  ),
} satisfies Options;
export type BlockwiseSupConOptions = Given<typeof BlockwiseSupConOptions>;

interface Plan {
  readonly temperature: number;
  readonly baseTemperature: number;
  /** The first rows, which are anchors. */
  readonly anchors: number;
  readonly blocks: readonly Rows[];
}

/** What the gradient needs of the forward pass, [N] each: beside the features nothing that grows with N². */
interface Rowwise {
  /** Largest logit, and what the logarithm of the sum adds to it. */
  readonly top: Tensor1D;
  readonly rest: Tensor1D;
  /** Share of each anchor in the mean: 1 / (number of anchors with a positive), or 0. */
  readonly weight: Tensor1D;
  /** weight / (number of positives). */
  readonly share: Tensor1D;
}

/** Logits of a block of rows without themselves, [b, N]. */
const logitsOf = (unit: Tensor2D, rows: Rows, temperature: number): Tensor2D =>
  withoutSelf(div(matMul(slice(unit, rows.from, rows.count), unit, false, true), temperature), rows);

/**
 * An affinity whose rows sum to 1 over the other rows of all n, so that each weighted mean is a plain sum; a row without
 * a positive stays 0. [B, B] → [B, B].
 */
const sharesOf = (affinity: Tensor2D, n: number): Tensor2D => {
  const samples = affinity.shape[0];
  const own = mul(affinity, eye(samples));
  const views = n / samples;
  const total = add(mul(sum(sub(affinity, own), 1, true), views), mul(sum(own, 1, true), views - 1)); // [B, 1]
  return div(affinity, add(total, sub(1, cast(greater(total, 0), 'float32'))));
};

/** How many positives rows have, [b, N] → [b, 1]: 1 or none where they are shares. */
const countOf = (positive: Tensor2D, groups: Positives): Tensor2D => {
  const count = sum<Tensor2D>(positive, 1, true);
  return isAffinity(groups) ? cast(greater(count, 0), 'float32') : count;
};

/** Per row: largest logit, rest of the log-sum, sum of its positives' log-probabilities, their number. Four of [N]. */
const statistics = (unit: Tensor2D, groups: Positives, { blocks, temperature }: Plan): Tensor1D[] => {
  const parts = blocks.map((rows) =>
    tidy(() => {
      const { shifted, top, rest } = partition(logitsOf(unit, rows, temperature));
      const positive = positivePairs(groups, unit.shape[0], rows);
      const found = sum(mul(positive, sub(shifted, rest)), 1, true);
      return concat([top, rest, found, countOf(positive, groups)] as Tensor2D[], 1); // [b, 4]
    }),
  );
  return split(concat(parts), 4, 1).map((c) => reshape(c, [unit.shape[0]]));
};

const forward = (unit: Tensor2D, groups: Positives, plan: Plan): Rowwise & { value: Scalar } => {
  const [top, rest, found, count] = statistics(unit, groups, plan) as [
    Tensor1D,
    Tensor1D,
    Tensor1D,
    Tensor1D,
  ];
  const isAnchor = cast(less(range(0, unit.shape[0]), plan.anchors), 'float32');
  const counted = mul(cast(greater(count, 0), 'float32'), isAnchor);
  const weight: Tensor1D = div(counted, maximum(sum(counted), 1));
  const share: Tensor1D = div(weight, maximum(count, 1));
  return {
    top,
    rest,
    weight,
    share,
    value: mul(sum(mul(share, found)), -plan.temperature / plan.baseTemperature),
  };
};

/** d loss / d logits of anchors: weight · softmax − share at the positives, exact where a probability is nearly 1. */
const pull = (
  logits: Tensor,
  positive: Tensor,
  { top, rest, weight, share }: Record<keyof Rowwise, Tensor>,
): Tensor => {
  const logP = sub(sub(logits, top), rest);
  const atPositives = mul(positive, add(mul(weight, expm1(logP)), sub(weight, share)));
  return add(atPositives, mul(sub(1, positive), mul(weight, exp(logP))));
};

/** Gradient for a block of unit rows, [b, D]: as anchors and, the logits being symmetric, as what other anchors see. */
const backward = (
  unit: Tensor2D,
  groups: Positives,
  known: Rowwise,
  { rows, plan }: { rows: Rows; plan: Plan },
): Tensor2D =>
  tidy(() => {
    const logits = logitsOf(unit, rows, plan.temperature); // [b, N]
    const positive = positivePairs(groups, unit.shape[0], rows);
    const ofOthers = isAffinity(groups) ? pairsOfOthers(groups, unit.shape[0], rows) : positive;
    const own = (v: Tensor1D): Tensor => expandDims(slice(v, rows.from, rows.count), 1); // [b, 1]
    const { top, rest, weight, share } = known;
    const ofAnchors = { top: own(top), rest: own(rest), weight: own(weight), share: own(share) };
    return matMul(add(pull(logits, positive, ofAnchors), pull(logits, ofOthers, known)), unit);
  });

/** The loss of unit rows, [N, D] → []; holds [block, N] in both directions, since the gradient computes its logits again. */
const blockwiseLoss = (unitFeatures: Tensor2D, groups: Positives, plan: Plan): Scalar =>
  customGrad((input, save) => {
    const { value, top, rest, weight, share } = forward(input as Tensor2D, groups, plan);
    (save as (tensors: Tensor[]) => void)([input as Tensor, groups, top, rest, weight, share]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const [unit, g, ...vectors] = saved as [Tensor2D, Positives, Tensor1D, Tensor1D, Tensor1D, Tensor1D];
      const known = { top: vectors[0], rest: vectors[1], weight: vectors[2], share: vectors[3] };
      const parts = plan.blocks.map((rows) => backward(unit, g, known, { rows, plan }));
      return mul(concat(parts), mul(dy, 1 / plan.baseTemperature)); // the temperature cancels
    };
    return { value, gradFunc };
  })(unitFeatures);

/**
 * `supCon` with the memory of `block` rows of similarities instead of all: same value, same gradient, for big batches.
 * The gradient computes the similarities a second time. `features` [V·B, D], labels [B] or [V·B] int32, or an affinity → [] in nats.
 */
export const blockwiseSupCon = (options: BlockwiseSupConOptions = {}): ContrastiveLoss => {
  const { temperature, baseTemperature, anchors, views, block, positives } = readOptions(
    'blockwise-supcon',
    BlockwiseSupConOptions,
    options,
  );
  return ofViews(views, (features, given) =>
    tidy(() => {
      const n = features.shape[0];
      const known = groupsOf(n, positives === 'labels' ? given : undefined, views);
      const groups = isAffinity(known) ? sharesOf(known, n) : known;
      const starts = Array.from({ length: Math.ceil(n / block) }, (_, i) => i * block);
      const blocks = starts.map((from) => ({ from, count: Math.min(block, n - from) }));
      const plan = { temperature, baseTemperature, anchors: anchorRows(n, anchors, views).count, blocks };
      return blockwiseLoss(unitRows(features), groups, plan);
    }),
  );
};
