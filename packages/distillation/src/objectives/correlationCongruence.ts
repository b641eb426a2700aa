import { OBJECTIVE, plugin, runModule, type Objective } from '@understory/core';
import { weight } from '@understory/core/zod';
import { z } from 'zod';
import { kernelCorrelationLoss, neighbourCorrelationLoss } from '../losses/correlation.ts';
import { linearModule } from './linearModule.ts';
import { cache, selection, teacher } from './settings.ts';
import { withTeacher, type MethodContext } from './withTeacher.ts';

const NAME = 'correlation-congruence';

export const CorrelationCongruenceOptions = z.strictObject({
  teacher,
  weight: weight(0.02),
  width: z.int().min(1).default(128).describe('width of both embeddings, in numbers'),
  form: z
    .enum(['neighbours', 'kernel'])
    .default('neighbours')
    .describe('the authors’ released form, or the kernel matrices of their paper'),
  gamma: z.number().positive().default(0.4).describe("width of the paper's kernel, no unit"),
  cache,
  ...selection,
});
export type CorrelationCongruenceOptions = z.input<typeof CorrelationCongruenceOptions>;

/** One linear layer on each network's pooled feature. */
export const embeddings = (
  { context: { backbone, seed }, teacher: network }: MethodContext,
  width: number,
): Record<'student' | 'teacher', ReturnType<typeof linearModule>> => ({
  student: linearModule({
    name: 'student',
    from: backbone.features,
    widths: [width],
    seed: seed.at('student'),
  }),
  teacher: linearModule({
    name: 'teacher',
    from: network.backbone.features,
    widths: [width],
    seed: seed.at('teacher'),
  }),
});

/**
 * CC (Peng et al. 2019): how the images of a batch relate becomes what the teacher says, on linear embeddings of both
 * pooled features, both of which are trained. Term: `correlation`.
 */
export const correlationCongruence = (options: CorrelationCongruenceOptions = {}): Objective => {
  const settings = CorrelationCongruenceOptions.parse(options);
  const loss = settings.form === 'kernel' ? kernelCorrelationLoss(settings) : neighbourCorrelationLoss;
  return withTeacher({ name: NAME, batch: 2, ...settings }, (given) => {
    const modules = embeddings(given, settings.width);
    return {
      modules,
      terms({ student, teacher: seen, step: { call } }) {
        const s = runModule(modules.student, student.pooled, call);
        const t = runModule(modules.teacher, seen.pooled, call);
        return { terms: { correlation: { value: loss(s, t), weight: settings.weight } } };
      },
    };
  });
};

export const correlationCongruencePlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'CC: correlations among the embeddings of a batch',
  when: 'The widths or classes differ, and you want cheap terms.',
  source: 'Peng et al., ICCV 2019',
  options: CorrelationCongruenceOptions,
  create: correlationCongruence,
});
