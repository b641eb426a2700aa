/** A label's scores and truths, one each an image. */
export interface Scored {
  readonly scores: ArrayLike<number>;
  /** 1 where the image has the label. */
  readonly truths: ArrayLike<number>;
}

// A score that is no number ranks last.
const ranked = ({ length }: ArrayLike<number>, key: (i: number) => number): number[] =>
  Array.from({ length }, (_, i) => i).sort((a, b) => key(b) - key(a));

/**
 * Area under precision over recall, by steps: Σ (Rₙ − Rₙ₋₁) Pₙ over the scores, the highest first, equal ones at once
 * (scikit-learn's `average_precision_score`). NaN where no image has the label.
 */
export const averagePrecision = ({ scores, truths }: Scored): number => {
  const key = (i: number): number => (Number.isNaN(scores[i]) ? -1 : scores[i]!);
  const order = ranked(scores, key);
  let [hits, before, area] = [0, 0, 0];
  order.forEach((at, n) => {
    hits += truths[at] === 1 ? 1 : 0;
    const next = order[n + 1];
    if (next !== undefined && key(next) === key(at)) return;
    area += (hits - before) * (hits / (n + 1));
    before = hits;
  });
  return area / hits;
};
