import type { Predictions } from '@understory/core';
import { predicted, samplesOf } from './samples.ts';

/** Counts [C][C]: row the true class, column the predicted one. Samples with a logit that is no number are left out. */
export const confusionMatrix = (predictions: Predictions): number[][] => {
  const counts = Array.from({ length: predictions.classes }, () =>
    new Array<number>(predictions.classes).fill(0),
  );
  for (const { logits, label } of samplesOf(predictions)) {
    const column = predicted(logits);
    if (column >= 0) counts[label]![column]! += 1;
  }
  return counts;
};
