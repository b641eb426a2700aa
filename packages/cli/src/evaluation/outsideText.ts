import type { OutsideResult } from '@understory/runs';
import { textTable } from '../text.ts';
import { indented, numberText } from './numbersText.ts';

/** How well each score tells the run's classes from other data. */
export const outsideText = ({ dataset, split, samples, k, scores, byTap }: OutsideResult): string => {
  const names: Record<keyof OutsideResult['scores'], string> = {
    softmax: 'largest probability',
    energy: 'energy (log-sum-exp)',
    knn: `distance to neighbour ${k}`,
    mahalanobis: 'Mahalanobis distance',
    relative: 'relative Mahalanobis',
    taps: `Mahalanobis, mean of ${Object.keys(byTap).length} taps`,
    exits: 'largest probability, mean of exits',
  };
  const rows = Object.entries(scores).map(([name, { auroc, fpr95 }]) => [
    names[name as keyof typeof names],
    numberText(auroc),
    numberText(fpr95),
  ]);
  const table = textTable(['', 'AUROC', 'FPR at 95 %'], rows);
  return indented(
    `told from ${samples} ${split} images of ${dataset}\n\n${table}\nAn AUROC of 50 % is a guess. FPR: how many others are taken for the\nrun's own where 95 % of these are.`,
  );
};
