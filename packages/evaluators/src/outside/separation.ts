import { UnderstoryError } from '@understory/core';

/** How well scores tell samples of the known classes from others; inside is the positive class. Fractions. */
export interface Separation {
  /** P(inside > outside) + ½·P(equal): 0.5 is a guess. */
  readonly auroc: number;
  /** Share of outside scores that are at least the ⌈19n/20⌉-th largest inside score. */
  readonly fpr95: number;
}

const check = (scores: Float64Array, what: string): void => {
  if (scores.length === 0) throw new UnderstoryError('empty', `There is no ${what} score to compare.`);
  const strange = scores.findIndex((score) => Number.isNaN(score));
  if (strange >= 0)
    throw new UnderstoryError(
      'not-finite',
      `Row ${strange} of the ${what} scores [${scores.length}] is no number. Look why the network gives it.`,
    );
};

/** How many of some sorted numbers are below a value, and how many are at most it. */
const countBelow = (sorted: Float64Array, value: number, orEqual: boolean): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const isBelow = orEqual ? sorted[middle]! <= value : sorted[middle]! < value;
    if (isBelow) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** The ⌈19n/20⌉-th largest of scores: 95 % of them are at least that. NaN of none. */
export const leastOfMost = (scores: Float64Array): number => {
  const ordered = Float64Array.from(scores).sort().reverse();
  return ordered[Math.ceil((19 * ordered.length) / 20) - 1] ?? NaN;
};

/**
 * Area under the ROC curve, and false positives where 95 % of inside samples are found. Higher scores are inside, which is the
 * positive class; with outside as the positive one (OpenOOD) the second number is another. Errors: `empty`, `not-finite`.
 */
export const separation = (inside: Float64Array, outside: Float64Array): Separation => {
  check(inside, 'inside');
  check(outside, 'outside');
  const others = Float64Array.from(outside).sort();
  const wins = inside.reduce((sum, score) => {
    const below = countBelow(others, score, false);
    return sum + below + (countBelow(others, score, true) - below) / 2;
  }, 0);
  const above = others.length - countBelow(others, leastOfMost(inside), false);
  return { auroc: wins / (inside.length * outside.length), fpr95: above / outside.length };
};
