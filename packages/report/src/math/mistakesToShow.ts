import type { ReportMethod } from '../input.ts';
import { outcomesOf, worstMistakes } from './outcomes.ts';

/** Mistakes shown for each method. */
export const SHOWN = 12;

/** Positions in the test set whose pictures the report will show: give them as `ReportInput.pictures`. */
export const mistakesToShow = (methods: readonly Pick<ReportMethod, 'predictions'>[]): number[] => {
  const worst = methods.flatMap(({ predictions }) =>
    predictions ? worstMistakes(outcomesOf(predictions), SHOWN) : [],
  );
  return [...new Set(worst)].sort((a, b) => a - b);
};
