import {
  applyLayer,
  plugin,
  TASK,
  type InitRule,
  type Task,
  type TaskFeatures,
  type TaskRequest,
} from '@understory/core';
import { type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { detector } from '../detections.ts';
import { ratios, told, variant, width, type Variant } from '../options.ts';
import { detectorRule } from '../rule.ts';
import { anchorGrids, perPosition } from '../pyramid/anchorGrid.ts';
import { furtherLevels } from '../pyramid/further.ts';
import { levelsOf, type Level } from '../pyramid/levels.ts';
import { mapsOf, rowsOfLevels, shared, through, tower } from '../pyramid/overLevels.ts';
import { featurePyramid } from '../pyramid/pyramid.ts';
import { RetinaBoxes } from './retinaBoxes.ts';

export const RetinaNetOptions = z.strictObject({
  variant,
  width,
  depth: z.int().min(0).default(4).describe('3×3 convolutions of each of the two heads before its last one'),
  levels: z
    .int()
    .min(1)
    .default(3)
    .describe("the backbone's coarsest maps that the pyramid takes; two coarser ones are added"),
  base: z
    .number()
    .positive()
    .default(4)
    .describe("side of a level's smallest anchor, in times of its stride"),
  octaves: z.int().min(1).default(3).describe('anchor sizes between one level and the next'),
  ratios,
  ...told,
});
type Options = z.output<typeof RetinaNetOptions>;

/** Probability that every anchor tells every class at the beginning (Lin et al. 2017, section 4.1). */
const PRIOR = 0.01;

const LAST = 'head/class';

const rule: (variant: Variant) => InitRule = (variant) => {
  const bias = -Math.log((1 - PRIOR) / PRIOR);
  const other = detectorRule(variant);
  return (weight) => (weight.name === `${LAST}/bias` ? { constant: bias } : other(weight));
};

/** P3 to P7, or as many as there are. */
const pyramidOf = (features: TaskFeatures, size: TaskRequest['size'], options: Options): readonly Level[] => {
  const levels = levelsOf(features, size, options.levels);
  const maps = featurePyramid(levels, options.width);
  const ours = options.variant === 'mmdetection';
  const from = (ours ? levels : maps).at(-1);
  return [...maps, ...(from ? furtherLevels(from, { width: options.width, relu: !ours }) : [])];
};

const scalesOf = ({ octaves }: Options): number[] =>
  Array.from({ length: octaves }, (_, i) => 2 ** (i / octaves));

/** Both heads on every level, and the boxes that they tell. */
const headsOf = (levels: readonly Level[], { classes, size }: TaskRequest, options: Options) => {
  const { width: wide, depth, least, overlap, most, base } = options;
  const anchors = { scales: scalesOf(options), ratios: options.ratios };
  const each = perPosition(anchors);
  const maps = mapsOf(levels);
  const rows = (kind: string, last: string, numbers: number): SymbolicTensor => {
    const chain = [...tower(`head/${kind}/tower`, wide, depth), shared(last, each * numbers, 3)];
    return rowsOfLevels(
      maps.map((map) => through(chain, map)),
      `head/${kind}`,
      numbers,
    );
  };
  const logits = rows('class', LAST, classes);
  const deltas = rows('box', 'head/box', 4);
  const grids = anchorGrids(levels, size, { ...anchors, base, round: options.variant === 'torchvision' });
  const boxes = new RetinaBoxes(grids, { least, overlap, most, variant: options.variant });
  return { logits, deltas, boxes: applyLayer(boxes, [logits, deltas, ...maps.slice(0, 1)]) };
};

/**
 * RetinaNet (Lin et al. 2017): `logits` [A, C] and `deltas` [A, 4] of every anchor, which training looks at, and the `boxes` that
 * they tell. The targets are `boxes`, see core's `boxesSpec`.
 */
export const retinanet = (given: z.input<typeof RetinaNetOptions> = {}): Task => {
  const options = RetinaNetOptions.parse(given);
  return detector({
    name: 'retinanet',
    loss: 'retinanet-loss',
    inner: ['logits', 'deltas'],
    rule: rule(options.variant),
    outputs: (features, request) => headsOf(pyramidOf(features, request.size, options), request, options),
  });
};

export const retinanetPlugin = plugin({
  token: TASK,
  name: 'retinanet',
  summary: 'Boxes, told by every anchor at once: RetinaNet on a feature pyramid',
  when: 'You look for things in pictures: one stage, fewer parts, for any number of classes.',
  source: "Lin et al., ICCV 2017; mmdetection's and torchvision's settings",
  options: RetinaNetOptions,
  create: retinanet,
});
