import { OBJECTIVE, plugin, type Objective } from '@understory/core';
import { standardized, weight } from '@understory/core/zod';
import { z } from 'zod';
import { otherClassesKl, targetClassKl } from '../losses/decoupled.ts';
import { logitMethod } from './logitMethod.ts';
import { rampedWeight } from './ramp.ts';
import { cache, rampEpochs, selection, teacher, temperature } from './settings.ts';

const NAME = 'decoupled-distillation';

export const DecoupledDistillationOptions = z.strictObject({
  teacher,
  targetWeight: weight(1, "the divergence of the own class's probability from the rest, α"),
  othersWeight: weight(8, 'the divergence among the other classes, β: 2 to 8 on CIFAR, 0.5 on ImageNet'),
  temperature: temperature(4, 'divides the logits, no unit; 1 on ImageNet'),
  rampEpochs: rampEpochs(20),
  ...standardized,
  cache,
  ...selection,
});
export type DecoupledDistillationOptions = z.input<typeof DecoupledDistillationOptions>;

/**
 * DKD (Zhao et al. 2022): KD taken apart into what the teacher says of the own class against the rest, and what it says
 * among the others, which plain KD multiplies by the teacher's doubt. `crossEntropy` beside it trains the task. Terms:
 * `target` (TCKD), `others` (NCKD).
 */
export const decoupledDistillation = (options: DecoupledDistillationOptions = {}): Objective => {
  const settings = DecoupledDistillationOptions.parse(options);
  const [target, others] = [targetClassKl(settings), otherClassesKl(settings)];
  return logitMethod(
    { name: NAME, rows: 'own', labelled: true, ...settings },
    ({ student, teacher: taught, ...seen }) => {
      const labels = seen.labels();
      const ramped = (value: number) => rampedWeight(value, seen.step.epoch, settings.rampEpochs);
      return {
        target: { value: target(student, taught, labels), weight: ramped(settings.targetWeight) },
        others: { value: others(student, taught, labels), weight: ramped(settings.othersWeight) },
      };
    },
  );
};

export const decoupledDistillationPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'DKD: KD of the own class and of the others, each with its weight',
  when: 'You have a trained teacher of the same classes that is sure of itself, and labels.',
  source:
    'Zhao et al., CVPR 2022, released code; β 8 for ResNets is ours. The terms are exact for logits of any size, where the code gives NaN',
  options: DecoupledDistillationOptions,
  create: decoupledDistillation,
});
