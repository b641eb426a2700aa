import { OBJECTIVE, plugin, type Objective } from '@understory/core';
import { standardized, weight } from '@understory/core/zod';
import { z } from 'zod';
import { interClassLoss, intraClassLoss } from '../losses/classCorrelation.ts';
import { logitMethod } from './logitMethod.ts';
import { rampedWeight } from './ramp.ts';
import { cache, rampEpochs, selection, teacher, temperature } from './settings.ts';

const NAME = 'class-relation-distillation';

export const ClassRelationDistillationOptions = z.strictObject({
  teacher,
  interWeight: weight(2, "the part of each image's classes"),
  intraWeight: weight(2, "the part of each class's images in the batch"),
  temperature: temperature(4, 'divides the logits, no unit; 1 on ImageNet'),
  scale: z
    .boolean()
    .default(true)
    .describe('multiplies both parts by T², as the released CIFAR configurations do; the paper does not'),
  rampEpochs: rampEpochs(0),
  ...standardized,
  cache,
  ...selection,
});
export type ClassRelationDistillationOptions = z.input<typeof ClassRelationDistillationOptions>;

/**
 * DIST (Huang et al. 2022): the student's probabilities need not equal the teacher's, only correlate with them: over the
 * classes of each image, and over the images of each class. `crossEntropy` beside it trains the task. Terms: `inter`,
 * `intra`.
 *
 * A student whose probabilities are all alike has no correlation to improve: such rows take no gradient, so a classifier
 * that begins at zero learns from the cross-entropy first; `rampEpochs` spares it the large slopes thereafter.
 */
export const classRelationDistillation = (options: ClassRelationDistillationOptions = {}): Objective => {
  const settings = ClassRelationDistillationOptions.parse(options);
  const [inter, intra] = [interClassLoss(settings), intraClassLoss(settings)];
  return logitMethod({ name: NAME, batch: 2, ...settings }, ({ student, teacher: taught, step }) => {
    const ramped = (value: number) => rampedWeight(value, step.epoch, settings.rampEpochs);
    return {
      inter: { value: inter(student, taught), weight: ramped(settings.interWeight) },
      intra: { value: intra(student, taught), weight: ramped(settings.intraWeight) },
    };
  });
};

export const classRelationDistillationPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "DIST: correlates with the teacher's probabilities, over classes and over images",
  when: 'The teacher is much stronger than the student, so that its probabilities cannot be met.',
  source:
    'Huang et al., NeurIPS 2022, released code, whose T² its paper lacks. That constant rows take no gradient, and the ramp, are ours',
  options: ClassRelationDistillationOptions,
  create: classRelationDistillation,
});
