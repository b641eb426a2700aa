import {
  findStream,
  imageSize,
  OBJECTIVE,
  plugin,
  stopGradient,
  untracked,
  type BuildContext,
  type BuiltObjective,
  type Objective,
  type StepTerms,
} from '@understory/core';
import {
  cast,
  div,
  expandDims,
  greaterEqual,
  maximum,
  mul,
  notEqual,
  oneHot,
  sum,
  tensor2d,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { IGNORED } from '../assign/assign.ts';
import { assignBoxes } from '../assign/assignBoxes.ts';
import { withoutCrowded } from '../assign/crowded.ts';
import { ANCHOR_STD, encodeBoxes } from '../boxes/coder.ts';
import { boxDistance, type BoxLoss } from '../boxDistance.ts';
import { findPart } from '../findPart.ts';
import { pickRows } from '../layers/bestBoxes.ts';
import { focalLoss } from '../losses/focal.ts';
import { boxLoss, boxWeight, overlaps } from '../options.ts';
import { checkBoxes, trueBoxes, type TrueBoxes } from '../trueBoxes.ts';
import { RetinaBoxes } from './retinaBoxes.ts';

const NAME = 'retinanet-loss';

export const RetinaNetLossOptions = z.strictObject({
  ...overlaps(0.5, 0.4),
  alpha: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe('weight of anchors that show a box; others 1 − alpha'),
  gamma: z
    .number()
    .min(0)
    .default(2)
    .describe('how much less the easy anchors count; 0 for as much as all others'),
  boxLoss,
  boxWeight,
});
type Options = z.output<typeof RetinaNetLossOptions>;

/** What each anchor is to say. */
export interface AnchorTargets {
  /** [B, A, C] */
  readonly classes: Tensor;
  /** [B, A]: 0 where nothing is asked of an anchor. */
  readonly asked: Tensor;
  /** [B, A]: 1 where it shows a box. */
  readonly positive: Tensor;
  /** The boxes that they show [B, A, 4]. */
  readonly boxes: Tensor;
}

/** Finds what the anchors [A, 4] are to say; no gradient flows through it. */
const targetsOf = (
  { boxes, classes, real, crowds }: TrueBoxes,
  anchors: Tensor2D,
  count: number,
  options: Options & { readonly lowQuality: 'each-box' | 'own-best' },
): AnchorTargets => {
  const [onehot, asked, positive, matched] = untracked((): readonly [Tensor, Tensor, Tensor, Tensor] => {
    const assigned = withoutCrowded(assignBoxes(boxes, anchors, real, options), anchors, crowds); // [B, A]
    const shows = cast(greaterEqual(assigned, 0), 'float32');
    const at = cast(maximum(assigned, 0), 'int32');
    const labels = oneHot(cast(pickRows(classes, at), 'int32'), count); // [B, A, C]
    return [
      mul(cast(labels, 'float32'), expandDims(shows, 2)),
      cast(notEqual(assigned, IGNORED), 'float32'),
      shows,
      pickRows(boxes, at),
    ];
  });
  return { classes: onehot, asked, positive, boxes: matched };
};

/** How many numbers a sum over anchors is divided by, an image [B]: over the whole batch, or each image by its own. */
const shares = (positive: Tensor, whole: boolean): Tensor => {
  const own = maximum(sum(positive, 1), 1); // [B]
  const [images = 1] = positive.shape;
  return whole ? sum(own) : mul(own, images);
};

/** Both terms of Lin et al. 2017: focal loss of all anchors, distance of those that show a box. */
export const retinanetTerms = (
  { logits, deltas }: { readonly logits: Tensor; readonly deltas: Tensor },
  targets: AnchorTargets,
  anchors: Tensor2D,
  { alpha, gamma, loss, whole }: { alpha: number; gamma: number; loss: BoxLoss; whole: boolean },
): { readonly class: Scalar; readonly box: Scalar } => {
  const focal = sum(focalLoss(logits, targets.classes, { alpha, gamma }), 2); // [B, A]
  const by = stopGradient(shares(targets.positive, whole)); // [B], or [] for the whole batch
  const encoded = (): Tensor => stopGradient(encodeBoxes(anchors, targets.boxes, ANCHOR_STD));
  const apart = boxDistance(loss, { deltas, encoded, boxes: targets.boxes, anchors, std: ANCHOR_STD }); // [B, A]
  const total = (of: Tensor): Scalar => sum(div(sum(of, 1), by));
  return { class: total(mul(focal, targets.asked)), box: total(mul(apart, targets.positive)) };
};

const build = (context: BuildContext, options: Options): BuiltObjective => {
  checkBoxes(NAME, context);
  const { grids, variant } = findPart(NAME, context, RetinaBoxes, 'retinanet');
  const { name: stream } = findStream(NAME, context.streams, { labelled: true });
  const ours = variant === 'mmdetection';
  const loss = options.boxLoss ?? 'l1';
  const lowQuality = ours ? 'each-box' : 'own-best';
  return {
    modules: {},
    terms(step): StepTerms {
      const grid = grids.at(imageSize(step.images));
      const anchors = tensor2d(grid.anchors, [grid.anchors.length / 4, 4]);
      const pick = (name: string): Tensor => step.rows(step.outputs[name]!, { stream, view: 0 });
      const logits = pick('logits');
      const count = logits.shape[2] ?? 1;
      const targets = targetsOf(trueBoxes(step, stream), anchors, count, { ...options, lowQuality });
      const given = { logits, deltas: pick('deltas') };
      const { alpha, gamma } = options;
      const values = retinanetTerms(given, targets, anchors, { alpha, gamma, loss, whole: ours });
      return {
        terms: {
          class: { value: values.class, weight: 1 },
          box: { value: values.box, weight: options.boxWeight },
        },
      };
    },
  };
};

/**
 * The losses of RetinaNet (Lin et al. 2017, section 4) on the first view of a labelled stream: which box each anchor shows by
 * their overlap, focal loss of its classes, distance of its box. Terms: `class` and `box`.
 */
export const retinanetLoss = (given: z.input<typeof RetinaNetLossOptions> = {}): Objective => {
  const options = RetinaNetLossOptions.parse(given);
  return { name: NAME, viewSet: 'detection', build: (context) => build(context, options) };
};

export const retinanetLossPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Focal loss of anchors and distance of boxes: what trains the task retinanet',
  when: 'The task is retinanet: its default.',
  source: "Lin et al., ICCV 2017; mmdetection's and torchvision's settings",
  options: RetinaNetLossOptions,
  create: retinanetLoss,
});
