import {
  classLabels,
  classLogits,
  type Named,
  type Objective,
  type StepContext,
  type Term,
} from '@understory/core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { requireSameClasses } from './settings.ts';
import { withTeacher, type MethodOptions } from './withTeacher.ts';

/** What a method of logits compares in a step. */
export interface ComparedLogits {
  /** Both [B, C], standardised where the options say so. */
  readonly student: Tensor2D;
  readonly teacher: Tensor2D;
  /** Classes of the rows [B] int32. */
  readonly labels: () => Tensor1D;
  readonly step: StepContext;
}

/** An objective that compares the student's logits with those of a teacher of the same classes. */
export const logitMethod = (
  options: MethodOptions,
  terms: (seen: ComparedLogits) => Named<Term>,
): Objective =>
  withTeacher(options, ({ context, teacher }) => {
    requireSameClasses(options.name, context, teacher);
    return {
      terms: ({ student, teacher: seen, step, stream }) => ({
        terms: terms({
          student: classLogits(student),
          teacher: classLogits(seen),
          labels: () => classLabels(step, stream),
          step,
        }),
      }),
    };
  });
