import { softCrossEntropyRows, stopGradient, untracked } from '@understory/core';
import {
  cast,
  concat,
  div,
  expandDims,
  fill,
  greater,
  greaterEqual,
  maximum,
  mul,
  oneHot,
  reshape,
  slice,
  sum,
  where,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { assign, IGNORED } from '../assign/assign.ts';
import { withoutCrowded } from '../assign/crowded.ts';
import { sample } from '../assign/sample.ts';
import { boxDistance, type BoxLoss } from '../boxDistance.ts';
import { encodeBoxes } from '../boxes/coder.ts';
import { iou } from '../boxes/iou.ts';
import { pickRows } from '../layers/bestBoxes.ts';
import type { TrueBoxes } from '../trueBoxes.ts';
import { REGION_STD, type RegionOutputs } from './regionHead.ts';

/** The regions that learn in a step, R = B · N. */
export interface ChosenRegions {
  /** [B, N, 4] */
  readonly boxes: Tensor;
  /** The box that each shows [R, 4]. */
  readonly matched: Tensor;
  /** Its class [R] int32; of the others any. */
  readonly classes: Tensor1D;
  /** [R] 1 where it shows a box. */
  readonly positive: Tensor;
  /** [R] 1, or 0 where there were too few. */
  readonly weights: Tensor;
}

export interface RegionSettings {
  readonly regions: number;
  readonly regionPositives: number;
  readonly regionOverlap: number;
}

/**
 * Draws regions from the true boxes and the proposals [B, P, 5] by keys [B, M + P]; places without a proposal are never drawn
 * for background. No gradient flows through it.
 */
export const chooseRegions = (
  { boxes, classes, real, crowds }: TrueBoxes,
  proposals: Tensor,
  keys: Tensor,
  { regions, regionPositives, regionOverlap }: RegionSettings,
): ChosenRegions => {
  const made = untracked((): readonly [Tensor, Tensor, Tensor, Tensor, Tensor] => {
    const [images = 0, count = 0] = proposals.shape;
    const sides = slice(proposals, [0, 0, 0], [images, count, 4]);
    const scores = reshape(slice(proposals, [0, 0, 4], [images, count, 1]), [images, count]);
    const all = concat([boxes, sides], 1); // [B, M + P, 4]
    const there = concat([greater(real, 0), greater(scores, 0)], 1); // [B, M + P]
    const rule = { positive: regionOverlap, negative: regionOverlap };
    const assigned = withoutCrowded(assign(iou(boxes, all), real, rule), all, crowds); // [B, M + P]
    const known = where(there, assigned, fill(assigned.shape, IGNORED, 'int32'));
    const drawn = sample(known, keys, { count: regions, positives: regionPositives });
    const shown = pickRows(known, drawn.indices); // [B, N]
    const at = cast(maximum(shown, 0), 'int32');
    const one = reshape(drawn.weights, [-1]);
    return [
      pickRows(all, drawn.indices),
      reshape(pickRows(boxes, at), [-1, 4]),
      reshape(pickRows(classes, at), [-1]),
      mul(cast(greaterEqual(reshape(shown, [-1]), 0), 'float32'), one),
      one,
    ];
  });
  const [chosen, matched, labels, positive, weights] = made;
  return { boxes: chosen, matched, classes: labels as Tensor1D, positive, weights };
};

/** Both terms of the second stage, divided by the regions drawn in the batch: cross-entropy, and distance of true classes' boxes. */
export const regionTerms = (
  { scores, deltas }: RegionOutputs,
  { boxes, matched, classes, positive, weights }: ChosenRegions,
  loss: BoxLoss,
): { readonly class: Scalar; readonly box: Scalar } => {
  const count = deltas.shape[1] ?? 1;
  const [labels, own] = untracked((): readonly [Tensor2D, Tensor] => {
    const background = fill(classes.shape, count, 'int32');
    const label = where(greater(positive, 0), classes, background);
    return [
      cast(oneHot(label, count + 1), 'float32') as Tensor2D,
      expandDims(cast(oneHot(classes, count), 'float32'), 2), // [R, C, 1]
    ];
  });
  const drawn = maximum(sum(weights), 1);
  const said = sum(mul(deltas, own), 1); // [R, 4]
  const anchors = reshape(boxes, [-1, 4]);
  const encoded = (): Tensor => stopGradient(encodeBoxes(anchors, matched, REGION_STD));
  const apart = boxDistance(loss, { deltas: said, encoded, boxes: matched, anchors, std: REGION_STD });
  return {
    class: div(sum(mul(softCrossEntropyRows(scores, labels), weights)), drawn),
    box: div(sum(mul(apart, positive)), drawn),
  };
};
