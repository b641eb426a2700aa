/** A class with the probability that a network gives it. */
export interface RankedClass {
  readonly index: number;
  readonly probability: number;
}

// Plain loops: an evaluation of ImageNet reads fifty million logits a metric.

/**
 * The class that a row of logits [C] names: the likeliest, of equal ones the first; −1, none, where a logit is no number or
 * the largest is not finite, since such a row gives no probabilities.
 */
export const namedClass = (logits: ArrayLike<number>): number => {
  let best = logits.length === 0 ? -1 : 0;
  for (let c = 0; c < logits.length; c++) {
    if (Number.isNaN(logits[c])) return -1;
    if (logits[c]! > logits[best]!) best = c;
  }
  return Number.isFinite(logits[best]) ? best : -1;
};

/** log Σ exp of a row of logits [C], in nats, float64. */
export const logSumExp = (logits: ArrayLike<number>): number => {
  let top = -Infinity;
  for (let c = 0; c < logits.length; c++) top = Math.max(top, logits[c]!);
  let sum = 0;
  for (let c = 0; c < logits.length; c++) sum += Math.exp(logits[c]! - top);
  return top + Math.log(sum);
};

/** All classes of a row of logits [C], the likeliest first, equal ones by number; none where the row names no class. */
export const rankedClasses = (logits: ArrayLike<number>): RankedClass[] => {
  if (namedClass(logits) < 0) return [];
  const whole = logSumExp(logits);
  return Array.from(logits, (logit, index) => ({ index, probability: Math.exp(logit - whole) })).sort(
    (a, b) => logits[b.index]! - logits[a.index]! || a.index - b.index,
  );
};
