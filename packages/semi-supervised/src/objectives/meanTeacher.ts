import {
  findStream,
  findTeacher,
  OBJECTIVE,
  plugin,
  teach,
  type BuildContext,
  type BuiltObjective,
  type Objective,
  classLogits,
  requireClasses,
} from '@understory/core';
import { weight } from '@understory/core/zod';
import { z } from 'zod';
import { consistencyLoss } from '../losses/consistency.ts';
import { ramped, rampEpochs, unlabelled } from './settings.ts';

const NAME = 'mean-teacher';

export const MeanTeacherOptions = z.strictObject({
  unlabelled,
  weight: weight(50, 'the consistency of the unlabelled images'),
  decay: z
    .number()
    .min(0)
    .max(1)
    .default(0.999)
    .describe("share of the teacher's weights that stays at each step; less in the first ones, 0 to 1"),
  rampEpochs,
});
export type MeanTeacherOptions = z.input<typeof MeanTeacherOptions>;

const build = async (
  context: BuildContext,
  settings: z.output<typeof MeanTeacherOptions>,
): Promise<BuiltObjective> => {
  const { unlabelled: stream } = settings;
  requireClasses(NAME, context, { logits: true });
  findStream(NAME, context.streams, { stream, views: 2 });
  const teacher = await findTeacher(NAME, context, { ema: settings.decay });
  return {
    modules: {},
    state: teacher.state,
    ...(teacher.update && { update: teacher.update }),
    dispose: teacher.dispose,
    terms(step) {
      const images = step.rows(step.images, { stream, view: 0 });
      const call = { ...step.call, training: true, keepStatistics: true };
      const logits = classLogits(teach(teacher.network, images, call));
      const value = consistencyLoss(step.rows(classLogits(step), { stream, view: 1 }), logits);
      const weight = ramped(settings.weight, settings.rampEpochs, step.epoch);
      return { terms: { consistency: { value, weight } } };
    },
  };
};

/**
 * Mean Teacher (Tarvainen & Valpola 2017): on unlabelled images the student's second view says what an average of its own
 * weights says of the first; the weight rises over `rampEpochs`. `crossEntropy` on the labelled stream belongs beside it.
 * Term: `consistency`.
 */
export const meanTeacher = (options: MeanTeacherOptions = {}): Objective => {
  const settings = MeanTeacherOptions.parse(options);
  const viewStreams = [settings.unlabelled];
  return { name: NAME, views: 2, viewStreams, build: (context) => build(context, settings) };
};

export const meanTeacherPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Unlabelled images agree with an average of the network itself',
  when: 'Unlabelled images, and a run long enough for an average of the weights to be better than they are.',
  source: 'Tarvainen and Valpola, NeurIPS 2017',
  options: MeanTeacherOptions,
  create: meanTeacher,
});
