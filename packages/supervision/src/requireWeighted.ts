import { UnderstoryError, type ClassificationLoss } from '@understory/core';

/** Throws where a loss does not look at the class weights that it is given. */
export const requireWeighted = (objective: string, loss: ClassificationLoss, weights: unknown): void => {
  if (weights === undefined || loss.weighted) return;
  const what = `${objective}: its "loss" takes no class weights.`;
  throw new UnderstoryError(
    'class-weights',
    `${what} Leave "classWeights" out, or choose "cross-entropy" or "focal".`,
  );
};
