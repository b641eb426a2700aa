import { checkPredicted, type Predicted } from './reliability.ts';

/** Counts by true class (row) and named class (column): [C · C], row-major. Predicted that name no class are left out. */
export const confusionCounts = (
  { labels, predicted }: Pick<Predicted, 'labels' | 'predicted'>,
  classes: number,
): Int32Array => {
  checkPredicted({ labels, predicted }, classes);
  const counts = new Int32Array(classes * classes);
  labels.forEach((label, i) => {
    if (predicted[i]! >= 0) counts[label * classes + predicted[i]!]! += 1;
  });
  return counts;
};
