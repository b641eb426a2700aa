import { OBJECTIVE, plugin, type Objective } from '@understory/core';
import { standardized, weight } from '@understory/core/zod';
import { z } from 'zod';
import { distillationKl } from '../losses/logits.ts';
import { logitMethod } from './logitMethod.ts';
import { cache, selection, teacher, temperature } from './settings.ts';

const NAME = 'knowledge-distillation';

export const KnowledgeDistillationOptions = z.strictObject({
  teacher,
  weight: weight(0.9),
  temperature: temperature(4),
  ...standardized,
  cache,
  ...selection,
});
export type KnowledgeDistillationOptions = z.input<typeof KnowledgeDistillationOptions>;

/**
 * KD (Hinton et al. 2015): the student learns the teacher's softened probabilities, T² · KL. Use `crossEntropy` with
 * weight 0.1 beside it. Term: `kl`.
 */
export const knowledgeDistillation = (options: KnowledgeDistillationOptions = {}): Objective => {
  const settings = KnowledgeDistillationOptions.parse(options);
  const loss = distillationKl(settings);
  return logitMethod({ name: NAME, rows: 'own', ...settings }, ({ student, teacher: taught }) => ({
    kl: { value: loss(student, taught), weight: settings.weight },
  }));
};

export const knowledgeDistillationPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "KD: learns the teacher's softened probabilities",
  when: 'You have a trained teacher of the same classes: the first to try.',
  source:
    'Hinton et al. 2015. Standardised logits: Sun et al., CVPR 2024, released code (sample); its authors take a weight of 9 and a temperature of 2',
  options: KnowledgeDistillationOptions,
  create: knowledgeDistillation,
});
