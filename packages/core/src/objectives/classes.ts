import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { BuildContext, Forward, StepContext } from '../contracts/objective.ts';
import { LABEL } from '../data/targets.ts';
import { UnderstoryError } from '../errors.ts';
import { mapNamed, type Named } from '../named.ts';
import { LOGITS } from '../training/taskHead.ts';

/** Classes of a stream's batch [B] int32 (the first stream where none is named). */
export const classLabels = ({ target }: Pick<StepContext, 'target'>, stream?: string): Tensor1D =>
  target(LABEL, { view: 0, ...(stream !== undefined && { stream }) }) as Tensor1D;

/** Logits of a classifier [R, C]. Errors: `no-logits` where the network puts out something else. */
export const classLogits = ({ outputs }: Pick<Forward, 'outputs'>): Tensor2D => {
  const logits = outputs[LOGITS];
  if (logits?.rank === 2) return logits as Tensor2D;
  const known = shapes(mapNamed(outputs, ({ shape }) => shape.slice(1)));
  throw new UnderstoryError(
    'no-logits',
    `The network has no "logits" [B, C] of classes: it puts out ${known}.`,
  );
};

/** `logits [B, 32, 32, 4]` */
const shapes = (outputs: Named<readonly number[]>): string =>
  Object.entries(outputs)
    .map(([name, shape]) => `${name} [${['B', ...shape].join(', ')}]`)
    .join(', ') || 'nothing';

const named = (values: object): string => Object.keys(values).join(', ') || 'none';

/** Whether outputs tell one class an image: softmax over logits of several labels would mean nothing. */
const tellsClasses = ({ learns = {} }: Pick<BuildContext, 'learns'>): boolean => {
  const kinds = Object.values(learns);
  return kinds.length === 0 || kinds.includes('class');
};

/**
 * Throws `task` where an objective of class labels, or of a classifier's logits, is used in a task that has none: before
 * step 0, with the task's name.
 */
export const requireClasses = (
  objective: string,
  { task, targets, outputs, learns = {} }: Pick<BuildContext, 'task' | 'targets' | 'outputs' | 'learns'>,
  { labels = false, logits = false }: { readonly labels?: boolean; readonly logits?: boolean },
): void => {
  const cure = `Task "${task}" is not learned by it: take it out of "objectives", or leave them out for the task's own.`;
  if (labels && targets[LABEL]?.kind !== 'class')
    throw new UnderstoryError(
      'task',
      `${objective} needs one class an image, as the target "${LABEL}"; the targets are: ${named(targets)}. ${cure}`,
    );
  if (logits && outputs[LOGITS]?.length !== 1)
    throw new UnderstoryError(
      'task',
      `${objective} needs a classifier's "${LOGITS}" [B, C]; the network puts out ${shapes(outputs)}. ${cure}`,
    );
  if (logits && !tellsClasses({ learns }))
    throw new UnderstoryError(
      'task',
      `${objective} compares logits as those of one class an image; they tell ${named(learns)} (${Object.values(learns).join(', ')}). ${cure}`,
    );
};

/** Classes of all training samples [N]. Errors: `task` where they have not one class each. */
export const trainClasses = (
  objective: string,
  context: Pick<BuildContext, 'task' | 'targets' | 'outputs' | 'trainLabels'>,
): Int32Array => {
  requireClasses(objective, context, { labels: true });
  const { trainLabels } = context;
  if (trainLabels) return trainLabels;
  throw new UnderstoryError(
    'task',
    `${objective} needs the class of every training image, and they are not told.`,
  );
};
