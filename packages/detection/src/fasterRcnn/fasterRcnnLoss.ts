import {
  byName,
  findStream,
  imageSize,
  OBJECTIVE,
  plugin,
  uniform,
  type BuildContext,
  type BuiltObjective,
  type Objective,
  type StepContext,
} from '@understory/core';
import { tensor2d, zeros, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { findPart } from '../findPart.ts';
import type { BoxLoss } from '../boxDistance.ts';
import { boxLoss, boxWeight, type Variant } from '../options.ts';
import { checkBoxes, trueBoxes } from '../trueBoxes.ts';
import { mapName } from './fasterRcnn.ts';
import { Proposals } from './proposals.ts';
import { chooseRegions, regionTerms } from './regionTerms.ts';
import { RegionHead, regionsOf } from './regionHead.ts';
import { rpnTerms } from './rpnTerms.ts';

const NAME = 'faster-rcnn-loss';

const count = (value: number) => z.int().positive().max(100_000).default(value);
const share = (value: number) => z.number().min(0).max(1).default(value);

export const FasterRcnnLossOptions = z.strictObject({
  anchors: count(256).describe('anchors of an image that learn in a step, drawn at random'),
  anchorPositives: share(0.5).describe('largest share of them that shows a box'),
  positive: share(0.7).describe(
    'intersection over union with a box from which on an anchor is to propose it',
  ),
  negative: share(0.3).describe('below this with every box, an anchor shows background'),
  least: share(0.3).describe(
    "overlap from which on a box's best anchors propose it, however little that is (mmdetection)",
  ),
  regions: count(512).describe(
    'regions of an image that learn in a step, drawn from proposals and true boxes',
  ),
  regionPositives: share(0.25).describe('largest share of them that shows a box'),
  regionOverlap: share(0.5).describe('intersection over union from which on a region shows a box'),
  boxLoss,
  boxWeight,
});
export type LossOptions = z.output<typeof FasterRcnnLossOptions>;

/** Uniform numbers of a step for each of `size` of each image: [B, size]. */
const keysOf = ({ call }: StepContext, place: string, [images, size]: readonly [number, number]): Tensor =>
  call.seed ? uniform(call.seed, `${NAME}/${place}`, [images, size]) : zeros([images, size]);

/** What an objective works with, once it is built. */
interface Parts {
  readonly proposing: Proposals;
  readonly head: RegionHead;
  readonly stream: string;
  readonly settings: LossOptions & { readonly loss: BoxLoss; readonly variant: Variant };
}

const termsOf = (step: StepContext, { proposing: { grids }, head, stream, settings }: Parts) => {
  const pick = (name: string): Tensor => step.rows(byName(step.outputs, name), { stream, view: 0 });
  const truth = trueBoxes(step, stream);
  const proposals = pick('proposals');
  const [[images = 0, most = 0], [, proposed = 0]] = [truth.boxes.shape, proposals.shape];
  const grid = grids.at(imageSize(step.images));
  const total = grid.anchors.length / 4;
  const anchors = tensor2d(grid.anchors, [total, 4]);
  const keys = keysOf(step, 'anchors', [images, total]);
  const asked = { objectness: pick('objectness'), deltas: pick('anchorDeltas') };
  const first = rpnTerms(asked, { truth, anchors, keys }, settings);
  const drawn = keysOf(step, 'regions', [images, most + proposed]);
  const chosen = chooseRegions(truth, proposals, drawn, settings);
  const maps = head.options.strides.map((_, level) => pick(mapName(level)) as Tensor4D);
  const second = regionTerms(head.predict(maps, regionsOf(chosen.boxes)), chosen, settings.loss);
  return { first, second };
};

const build = (context: BuildContext, options: LossOptions): BuiltObjective => {
  checkBoxes(NAME, context);
  const proposing = findPart(NAME, context, Proposals, 'faster-rcnn');
  const head = findPart(NAME, context, RegionHead, 'faster-rcnn');
  const { name: stream } = findStream(NAME, context.streams, { labelled: true });
  const { variant } = proposing;
  const loss = options.boxLoss ?? (variant === 'mmdetection' ? 'l1' : 'smooth-l1');
  const parts = { proposing, head, stream, settings: { ...options, loss, variant } };
  const weight = options.boxWeight;
  return {
    modules: {},
    terms(step) {
      const { first, second } = termsOf(step, parts);
      return {
        terms: {
          objectness: { value: first.objectness, weight: 1 },
          proposal: { value: first.box, weight },
          class: { value: second.class, weight: 1 },
          box: { value: second.box, weight },
        },
      };
    },
  };
};

/**
 * The losses of Faster R-CNN (Ren et al. 2015, section 3; Girshick 2015) on the first view of a labelled stream, both stages at
 * once. Terms: `objectness` and `proposal` of anchors, `class` and `box` of regions.
 */
export const fasterRcnnLoss = (given: z.input<typeof FasterRcnnLossOptions> = {}): Objective => {
  const options = FasterRcnnLossOptions.parse(given);
  return { name: NAME, viewSet: 'detection', build: (context) => build(context, options) };
};

export const fasterRcnnLossPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Losses of proposals and of regions: what trains the task faster-rcnn',
  when: 'The task is faster-rcnn: its default.',
  source: "Ren et al., NeurIPS 2015; mmdetection's and torchvision's settings",
  options: FasterRcnnLossOptions,
  create: fasterRcnnLoss,
});
