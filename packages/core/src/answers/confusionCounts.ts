import { checkAnswers, type Answers } from './reliability.ts';

/** Counts by true class (row) and named class (column): [C · C], row-major. Answers that name no class are left out. */
export const confusionCounts = (
  { labels, predicted }: Pick<Answers, 'labels' | 'predicted'>,
  classes: number,
): Int32Array => {
  checkAnswers({ labels, predicted }, classes);
  const counts = new Int32Array(classes * classes);
  labels.forEach((label, i) => {
    if (predicted[i]! >= 0) counts[label * classes + predicted[i]!]! += 1;
  });
  return counts;
};
