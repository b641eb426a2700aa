import { OBJECTIVE, plugin, type Objective, classLogits } from '@understory/core';
import { weight } from '@understory/core/zod';
import { z } from 'zod';
import { distillationKl } from '../losses/logits.ts';
import { cache, requireSameClasses, selection, teacher } from './settings.ts';
import { withTeacher } from './withTeacher.ts';

const NAME = 'knowledge-distillation';

export const KnowledgeDistillationOptions = z.strictObject({
  teacher,
  weight: weight(0.9),
  temperature: z.number().positive().default(4).describe('divides the logits, no unit'),
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
  return withTeacher({ name: NAME, ...settings }, (given) => {
    requireSameClasses(NAME, given.context, given.teacher);
    return {
      terms: ({ student, teacher: seen }) => ({
        terms: { kl: { value: loss(classLogits(student), classLogits(seen)), weight: settings.weight } },
      }),
    };
  });
};

export const knowledgeDistillationPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "KD: learns the teacher's softened probabilities",
  when: 'You have a trained teacher of the same classes: the first to try.',
  source: 'Hinton et al. 2015',
  options: KnowledgeDistillationOptions,
  create: knowledgeDistillation,
});
