import {
  applyLayer,
  plugin,
  TASK,
  type InitRule,
  type Named,
  type Task,
  type TaskFeatures,
  type TaskRequest,
} from '@understory/core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { detector } from '../detections.ts';
import { ratios, told, variant, width, type Variant } from '../options.ts';
import { anchorGrids, perPosition } from '../pyramid/anchorGrid.ts';
import { halvedLevel } from '../pyramid/further.ts';
import { imageSizes, levelsOf, type Level } from '../pyramid/levels.ts';
import { mapsOf, rowsOfLevels, shared, through, tower } from '../pyramid/overLevels.ts';
import { featurePyramid } from '../pyramid/pyramid.ts';
import { detectorRule, xavier } from '../rule.ts';
import { Proposals, type Counts } from './proposals.ts';
import { RegionHead } from './regionHead.ts';

export const FasterRcnnOptions = z.strictObject({
  variant,
  width,
  hidden: z.int().positive().default(1024).describe('width of the two layers that look at a region'),
  levels: z
    .int()
    .min(1)
    .default(4)
    .describe("the backbone's coarsest maps that the pyramid takes; proposals come from one coarser map too"),
  base: z.number().positive().default(8).describe("side of a level's anchors, in times of its stride"),
  ratios,
  proposals: z
    .int()
    .positive()
    .max(10_000)
    .optional()
    .describe(
      "regions that are looked at of an image at most; 1000 by default, 2000 in training of torchvision's variant",
    ),
  proposalOverlap: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe('intersection over union above which the less likely of two proposals is dropped'),
  samples: z
    .int()
    .min(0)
    .max(16)
    .optional()
    .describe(
      "points along each side of a region's bin; 0 for as many as it has pixels (mmdetection), 2 in torchvision's variant",
    ),
  ...told,
});
type Options = z.output<typeof FasterRcnnOptions>;

/** Anchors of each level that compete, before those that overlap are dropped. */
const BEFORE: Counts = { training: 2000, inference: 1000 };

/** How many of them are kept where the options do not say. */
const PROPOSALS: Readonly<Record<Variant, Counts>> = {
  mmdetection: { training: 1000, inference: 1000 },
  torchvision: { training: 2000, inference: 1000 },
};

/** Weights of the region head's layers; those of the rest as of every detector. */
const rule = (of: Variant): InitRule => {
  const other = detectorRule(of);
  return (weight) => {
    const [inputs = 1, outputs = 1] = weight.shape;
    switch (weight.name) {
      case 'boxes/hidden1/kernel':
      case 'boxes/hidden2/kernel':
        return of === 'mmdetection' ? xavier(inputs, outputs) : { uniform: 1 / Math.sqrt(inputs) };
      case 'boxes/delta/kernel':
        return { normal: 0.001 };
      default:
        return other(weight);
    }
  };
};

/** The region proposal network on all levels: its logits, deltas and proposals. */
const proposing = (levels: readonly Level[], size: TaskRequest['size'], options: Options) => {
  const { base, proposals, proposalOverlap } = options;
  const anchors = { scales: [1], ratios: options.ratios };
  const each = perPosition(anchors);
  const chain = tower('rpn/shared', options.width, 1);
  const maps = mapsOf(levels).map((map) => through(chain, map));
  const rows = (name: string, numbers: number): SymbolicTensor => {
    const last = shared(name, each * numbers, 1);
    return rowsOfLevels(
      maps.map((map) => applyLayer(last, map)),
      name,
      numbers,
    );
  };
  const [objectness, anchorDeltas] = [rows('rpn/objectness', 1), rows('rpn/deltas', 4)];
  const grids = anchorGrids(levels, size, { ...anchors, base, round: options.variant === 'torchvision' });
  const layer = new Proposals(grids, {
    variant: options.variant,
    before: BEFORE,
    most:
      proposals === undefined ? PROPOSALS[options.variant] : { training: proposals, inference: proposals },
    overlap: proposalOverlap,
  });
  return {
    objectness,
    anchorDeltas,
    proposals: applyLayer(layer, [objectness, anchorDeltas, ...maps.slice(0, 1)]),
  };
};

const outputsOf = (features: TaskFeatures, request: TaskRequest, options: Options): Named<SymbolicTensor> => {
  const { size, classes } = request;
  const levels = featurePyramid(levelsOf(features, size, options.levels), options.width);
  const coarsest = levels.at(-1);
  const rpn = proposing([...levels, ...(coarsest ? [halvedLevel(coarsest)] : [])], size, options);
  const { variant: of, hidden, least, overlap, most } = options;
  const head = new RegionHead({
    ...{ variant: of, classes, hidden, least, overlap, most },
    sizeUnder: imageSizes(levels[0], size),
    strides: levels.map(({ stride }) => stride),
    samples: options.samples ?? (of === 'mmdetection' ? 0 : 2),
  });
  const maps = mapsOf(levels);
  return {
    ...rpn,
    ...Object.fromEntries(maps.map((map, i) => [mapName(i), map])),
    boxes: applyLayer(head, [...maps, rpn.proposals]),
  };
};

/** Name of the output that holds the pyramid's map of a level, fine to coarse. */
export const mapName = (level: number): string => `map${level}`;

/**
 * Faster R-CNN on a feature pyramid (Ren et al. 2015; Lin et al. 2017): `objectness` [A, 1] and `anchorDeltas` [A, 4] of
 * every anchor, the `proposals` [P, 5] that they make and the pyramid's maps, which training looks at; and the `boxes` that
 * the second stage tells. The targets are `boxes`, see core's `boxesSpec`.
 */
export const fasterRcnn = (given: z.input<typeof FasterRcnnOptions> = {}): Task => {
  const options = FasterRcnnOptions.parse(given);
  const maps = Array.from({ length: options.levels }, (_, i) => mapName(i));
  return detector({
    name: 'faster-rcnn',
    loss: 'faster-rcnn-loss',
    inner: ['objectness', 'anchorDeltas', 'proposals', ...maps],
    rule: rule(options.variant),
    outputs: (features, request) => outputsOf(features, request, options),
  });
};

export const fasterRcnnPlugin = plugin({
  token: TASK,
  name: 'faster-rcnn',
  summary: 'Boxes in two stages, proposals and their classes: Faster R-CNN on a feature pyramid',
  when: 'You look for things in pictures and would rather wait than miss: small ones and crowded ones.',
  source: "Ren et al., NeurIPS 2015; Lin et al., CVPR 2017; mmdetection's and torchvision's settings",
  options: FasterRcnnOptions,
  create: fasterRcnn,
});
