import { confusionCounts, namedClass, type Predictions } from '@understory/core';
import { samplesOf } from '../samples.ts';

/** Counts [C][C]: row the true class, column the predicted one. Samples with a logit that is no number are left out. */
export const confusionMatrix = (predictions: Predictions): number[][] => {
  const { labels, classes } = predictions;
  const best = Int32Array.from(samplesOf(predictions), ({ logits }) => namedClass(logits));
  const counts = confusionCounts({ labels, predicted: best }, classes);
  return Array.from({ length: classes }, (_, row) => [
    ...counts.subarray(row * classes, (row + 1) * classes),
  ]);
};
