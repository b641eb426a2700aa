import { OBJECTIVE, plugin, type Objective } from '@understory/core';
import { standardized, weight } from '@understory/core/zod';
import { z } from 'zod';
import { othersCrossEntropy, targetCrossEntropy } from '../losses/normalized.ts';
import { logitMethod } from './logitMethod.ts';
import { cache, selection, teacher, temperature } from './settings.ts';

const NAME = 'normalized-distillation';

export const NormalizedDistillationOptions = z.strictObject({
  teacher,
  targetWeight: weight(1, 'the part of the own class, whose temperature is 1'),
  othersWeight: weight(3.5, 'the part of the other classes, γ; 1.5 on ImageNet'),
  temperature: temperature(3, "divides the other classes' logits, no unit; 1 on ImageNet"),
  ...standardized,
  cache,
  ...selection,
});
export type NormalizedDistillationOptions = z.input<typeof NormalizedDistillationOptions>;

/**
 * NKD (Yang et al. 2023): cross-entropies with the teacher's probability of the own class, and with its probabilities among
 * the other classes, which add up to 1 again in both networks. They are not 0 where both agree. `crossEntropy` beside it
 * trains the task. Terms: `target`, `others`.
 */
export const normalizedDistillation = (options: NormalizedDistillationOptions = {}): Objective => {
  const settings = NormalizedDistillationOptions.parse(options);
  const others = othersCrossEntropy(settings);
  return logitMethod(
    { name: NAME, rows: 'own', labelled: true, ...settings },
    ({ student, teacher: taught, ...seen }) => {
      const labels = seen.labels();
      return {
        target: { value: targetCrossEntropy(student, taught, labels), weight: settings.targetWeight },
        others: { value: others(student, taught, labels), weight: settings.othersWeight },
      };
    },
  );
};

export const normalizedDistillationPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'NKD: cross-entropies with the teacher, the other classes normalised among themselves',
  when: 'You have a trained teacher of the same classes, and labels.',
  source: 'Yang et al., ICCV 2023, released code',
  options: NormalizedDistillationOptions,
  create: normalizedDistillation,
});
