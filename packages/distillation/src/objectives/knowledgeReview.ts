import { OBJECTIVE, plugin, type Forward, type Objective } from '@understory/core';
import { weight } from '@understory/core/zod';
import { addN, reshape, type Scalar, type Tensor4D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { contextLoss } from '../losses/hints.ts';
import { rampedWeight } from './ramp.ts';
import { review, reviewModules, type ReviewLevel } from './reviewFusion.ts';
import { rampEpochs, selection, teacher } from './settings.ts';
import { mapShape, tapPairs, type TapPair } from './tapPairs.ts';
import { withTeacher, type Method, type MethodContext } from './withTeacher.ts';

const NAME = 'knowledge-review';

/** Widest map that is handed from level to level. */
const WIDEST = 512;

export const KnowledgeReviewOptions = z.strictObject({
  teacher,
  weight: weight(5, "the sum over all levels; the authors' from 0.6 to 8, 1 on ImageNet"),
  rampEpochs: rampEpochs(20),
  ...selection,
});
export type KnowledgeReviewOptions = z.input<typeof KnowledgeReviewOptions>;

/** Levels deep to shallow: the pooled feature as a map of one pixel, then the taps. */
const levelsOf = (
  { context: { backbone }, teacher: network }: MethodContext,
  pairs: readonly TapPair[],
): readonly ReviewLevel[] => [
  { name: 'pooled', student: [1, 1, backbone.features], teacher: [1, 1, network.backbone.features] },
  ...pairs.map(([s, t]) => ({
    name: backbone.taps[s]!.name,
    student: mapShape(backbone, s),
    teacher: mapShape(network.backbone, t),
  })),
];

const methodOf = (given: MethodContext, settings: z.output<typeof KnowledgeReviewOptions>): Method => {
  const { context, teacher: network } = given;
  const pairs = tapPairs(NAME, context.backbone, network.backbone).toReversed();
  const levels = levelsOf(given, pairs);
  const modules = reviewModules(levels, Math.min(WIDEST, context.backbone.features), context.seed);
  const mapsOf = ({ pooled, taps }: Forward, side: 0 | 1): Tensor4D[] => [
    reshape(pooled, [-1, 1, 1, pooled.shape[1]]),
    ...pairs.map((pair) => taps[pair[side]]!),
  ];
  return {
    modules,
    terms({ student, teacher: seen, step }) {
      const made = review(levels, modules, mapsOf(student, 0), step.call);
      const targets = mapsOf(seen, 1);
      const value = addN<Scalar>(made.map((x, i): Scalar => contextLoss(x, targets[i]!)));
      const ramped = rampedWeight(settings.weight, step.epoch, settings.rampEpochs);
      return { terms: { context: { value, weight: ramped } } };
    },
  };
};

/**
 * ReviewKD (Chen et al. 2021): each stage of the teacher is learned from by that stage of the student and all deeper ones,
 * which are handed up level by level. The teacher's maps are those before the ReLU. `crossEntropy` beside it trains the
 * task. Term: `context`, the sum over all levels.
 */
export const knowledgeReview = (options: KnowledgeReviewOptions = {}): Objective => {
  const settings = KnowledgeReviewOptions.parse(options);
  return withTeacher({ name: NAME, rows: 'own', beforeRelu: true, ...settings }, (given) =>
    methodOf(given, settings),
  );
};

export const knowledgeReviewPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "ReviewKD: each of the teacher's stages teaches the student's same and deeper ones",
  when: 'You want the most of the features of a stronger teacher, and can pay for modules on every stage.',
  source:
    "Chen et al., CVPR 2021, with the CIFAR settings of DKD's suite: the student's maps after their ReLU (before it on ImageNet), a ramp that the authors' own code lacks",
  options: KnowledgeReviewOptions,
  create: knowledgeReview,
});
