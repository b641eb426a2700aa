import { tensor1d, tidy, type Scalar, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import type { ClassificationLoss } from '../contracts/loss.ts';
import type { BuildContext } from '../contracts/objective.ts';
import { UnderstoryError, unknownName } from '../errors.ts';

/**
 * How much each class counts in a loss: `balanced` for N / (C · images of the class) of the training labels, a number for
 * each class in the dataset's order, or numbers by the names of classes, 1 where nothing is said.
 */
export type ClassWeights = 'balanced' | readonly number[] | Readonly<Record<string, number>>;

type Known = Pick<BuildContext, 'backbone' | 'classNames' | 'trainLabels'>;

const refuse = (objective: string, message: string): never => {
  throw new UnderstoryError('class-weights', `${objective}: ${message}`);
};

const balanced = (objective: string, { backbone, classNames, trainLabels }: Known): number[] => {
  if (!trainLabels)
    return refuse(objective, '"balanced" counts classes, and the images have not one class each.');
  const counts = new Array<number>(backbone.classes).fill(0);
  for (const label of trainLabels) counts[label]! += 1;
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    const lack = `class ${classNames?.[empty] ?? empty} has no training image, so it has no balanced weight.`;
    refuse(objective, `${lack} Give "classWeights" by the names of classes, or images.`);
  }
  return counts.map((count) => trainLabels.length / (counts.length * count));
};

const inOrder = (objective: string, weights: readonly number[], { backbone }: Known): readonly number[] => {
  if (weights.length === backbone.classes) return weights;
  const counts = `"classWeights" has ${weights.length} numbers, and there are ${backbone.classes} classes.`;
  return refuse(objective, `${counts} Give one for each, or name classes: { "name": weight }.`);
};

const byName = (
  objective: string,
  table: Readonly<Record<string, number>>,
  { classNames }: Known,
): number[] => {
  if (!classNames)
    return refuse(objective, 'this trainer does not tell the names of classes. Give a list of weights.');
  const strange = Object.keys(table).find((name) => !classNames.includes(name));
  if (strange !== undefined)
    throw unknownName('class', strange, classNames, `"classWeights" of ${objective} names it.`);
  const own = new Map(Object.entries(table));
  return classNames.map((name) => own.get(name) ?? 1);
};

/** The weights of all classes [C]; nothing where all count alike. Throws where they do not fit the classes. */
export const findClassWeights = (
  objective: string,
  setting: ClassWeights | undefined,
  known: Known,
): readonly number[] | undefined => {
  if (setting === undefined) return undefined;
  if (setting === 'balanced') return balanced(objective, known);
  const weights = Array.isArray(setting)
    ? inOrder(objective, setting as readonly number[], known)
    : byName(objective, setting as Readonly<Record<string, number>>, known);
  if (weights.every((w) => Number.isFinite(w) && w >= 0) && weights.some((w) => w > 0)) return weights;
  return refuse(
    objective,
    `"classWeights" are ${weights.join(', ')}. Give finite ones from 0 up, not all 0.`,
  );
};

/** A loss of logits and labels in which each class counts by its weight, where an objective's options say so. */
export const withClassWeights = (
  objective: string,
  setting: ClassWeights | undefined,
  known: Known,
  loss: ClassificationLoss,
): ((logits: Tensor2D, labels: Tensor1D) => Scalar) => {
  const weights = findClassWeights(objective, setting, known);
  if (!weights) return loss;
  return (logits, labels) => tidy(() => loss(logits, labels, tensor1d([...weights], 'float32')));
};
