import { requireClasses, UnderstoryError, type BuildContext, type Network } from '@understory/core';
import { spec, streamName, weightNames } from '@understory/core/zod';
import { z } from 'zod';

/** Where a teacher comes from. */
export const teacher = z
  .union([
    z.strictObject({ run: z.string().describe("a run's folder, or a checkpoint in it") }),
    z.strictObject({
      weights: z.string().describe('file of weights: safetensors, .pt, .pth or .bin'),
      backbone: spec.describe('backbone that the weights are of'),
      head: spec
        .optional()
        .describe("projection head that the file's heads are of; sepconv, the official one, by default"),
      ...weightNames,
      classes: z
        .int()
        .positive()
        .optional()
        .describe("classes that it tells apart; the student's by default"),
    }),
    z.strictObject({
      ema: z.number().min(0).max(1).describe('share of the average that stays at each step, 0 to 1'),
    }),
  ])
  .optional()
  .describe(
    'the teacher: { run } for a trained network, { weights, backbone } for a file, { ema } for an average of the student',
  );

/** Which images a method looks at. */
export const selection = {
  view: z.int().min(0).default(0).describe('view that both networks see, counted from 0'),
  stream: streamName(),
} as const;

/** What logits are divided by. */
export const temperature = (value: number, what = 'divides the logits, no unit'): z.ZodDefault<z.ZodNumber> =>
  z.number().positive().default(value).describe(what);

/** Over how many epochs a term sets in. */
export const rampEpochs = (value: number): z.ZodDefault<z.ZodNumber> =>
  z
    .number()
    .min(0)
    .default(value)
    .describe(
      'epochs over which the weight grows: epoch e, counted from 1, has min(e / rampEpochs, 1) of it; 0 for none',
    );

/** Of methods that look at the teacher's pooled features and logits alone. */
export const cache = z
  .boolean()
  .default(false)
  .describe(
    'runs the teacher over all images once, before the first step, and keeps what it says; needs a view that draws nothing at random',
  );

/** Throws where student and teacher tell other numbers of classes apart. */
export const requireSameClasses = (objective: string, context: BuildContext, { backbone }: Network): void => {
  requireClasses(objective, context, { logits: true });
  const student = context.backbone;
  if (student.classes === backbone.classes) return;
  const counts = `the teacher has ${backbone.classes} classes, the student ${student.classes}.`;
  const cure = 'Their logits cannot be compared: use a method of features, or another teacher.';
  throw new UnderstoryError('classes-differ', `${objective}: ${counts} ${cure}`);
};
