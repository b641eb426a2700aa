import { UnderstoryError, type ClassificationLoss } from '@understory/core';
import { z } from 'zod';

const weight = z.number().min(0);

/** How much each class counts, in options. */
export const classWeights = z
  .union(
    [z.literal('balanced'), z.array(weight).min(1), z.record(z.string(), weight)],
    'expected "balanced", a list of a weight for each class, or weights by the names of classes',
  )
  .optional()
  .describe(
    'how much each class counts: "balanced" for images / (classes · images of the class), a number a class, or numbers by name, 1 where nothing is said; the mean is over the weights',
  );

/** Throws where a loss does not look at the class weights that it is given. */
export const requireWeighted = (objective: string, loss: ClassificationLoss, weights: unknown): void => {
  if (weights === undefined || loss.weighted) return;
  const what = `${objective}: its "loss" takes no class weights.`;
  throw new UnderstoryError(
    'class-weights',
    `${what} Leave "classWeights" out, or choose "cross-entropy" or "focal".`,
  );
};
