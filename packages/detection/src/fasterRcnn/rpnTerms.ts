import { stopGradient, untracked } from '@understory/core';
import {
  cast,
  div,
  gather,
  greaterEqual,
  maximum,
  mul,
  reshape,
  softplus,
  sub,
  sum,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { assignBoxes } from '../assign/assignBoxes.ts';
import { withoutCrowded } from '../assign/crowded.ts';
import { sample } from '../assign/sample.ts';
import { boxDistance, type BoxLoss } from '../boxDistance.ts';
import { ANCHOR_STD, encodeBoxes } from '../boxes/coder.ts';
import { pickRows } from '../layers/bestBoxes.ts';
import { flatPlaces } from '../layers/places.ts';
import type { Variant } from '../options.ts';
import type { TrueBoxes } from '../trueBoxes.ts';

/** What the region proposal network says of each anchor. */
export interface RpnOutputs {
  /** [B, A, 1] */
  readonly objectness: Tensor;
  /** [B, A, 4] */
  readonly deltas: Tensor;
}

export interface RpnTruth {
  readonly truth: TrueBoxes;
  /** [A, 4] */
  readonly anchors: Tensor2D;
  /** [B, A] uniform numbers, which decide which anchors learn. */
  readonly keys: Tensor;
}

export interface RpnSettings {
  readonly variant: Variant;
  readonly anchors: number;
  readonly anchorPositives: number;
  readonly positive: number;
  readonly negative: number;
  readonly least: number;
  readonly loss: BoxLoss;
}

/** The anchors that learn, in one list of B · K. No gradient flows through it. */
const choose = ({ truth, anchors, keys }: RpnTruth, settings: RpnSettings) => {
  const [flat, weights, positive, boxes, own] = untracked(
    (): readonly [Tensor, Tensor, Tensor, Tensor, Tensor] => {
      const { positive: from, negative, least, variant } = settings;
      const lowQuality = variant === 'mmdetection' ? 'each-box' : 'own-best';
      const rule = {
        positive: from,
        negative,
        lowQuality,
        ...(variant === 'mmdetection' && { least }),
      } as const;
      const found = assignBoxes(truth.boxes, anchors, truth.real, rule);
      const assigned = withoutCrowded(found, anchors, truth.crowds); // [B, A]
      const drawn = sample(assigned, keys, { count: settings.anchors, positives: settings.anchorPositives });
      const shown = pickRows(assigned, drawn.indices); // [B, K]
      const matched = pickRows(truth.boxes, cast(maximum(shown, 0), 'int32')); // [B, K, 4]
      const one = reshape(drawn.weights, [-1]);
      return [
        flatPlaces(drawn.indices, anchors.shape[0]),
        one,
        mul(cast(greaterEqual(reshape(shown, [-1]), 0), 'float32'), one),
        reshape(matched, [-1, 4]),
        reshape(gather(anchors, drawn.indices), [-1, 4]),
      ];
    },
  );
  return { flat: flat, weights, positive, boxes, anchors: own };
};

/**
 * Both terms of the first stage, over the anchors that were drawn: cross-entropy of whether each shows a box, and the distance
 * of those that do; divided by how many were drawn in the batch.
 */
export const rpnTerms = (
  { objectness, deltas }: RpnOutputs,
  given: RpnTruth,
  settings: RpnSettings,
): { readonly objectness: Scalar; readonly box: Scalar } => {
  const { flat, weights, positive, boxes, anchors } = choose(given, settings);
  const logits = gather(reshape(objectness, [-1]), flat); // [B · K]
  const said = gather(reshape(deltas, [-1, 4]), flat); // [B · K, 4]
  const drawn = maximum(sum(weights), 1);
  const entropy = sub(softplus(logits), mul(logits, positive));
  const encoded = (): Tensor => stopGradient(encodeBoxes(anchors, boxes, ANCHOR_STD));
  const apart = boxDistance(settings.loss, { deltas: said, encoded, boxes, anchors, std: ANCHOR_STD });
  return {
    objectness: div(sum(mul(entropy, weights)), drawn),
    box: div(sum(mul(apart, positive)), drawn),
  };
};
