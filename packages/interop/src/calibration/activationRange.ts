import type { Histogram } from './histogram.ts';

/** How the range of an activation is chosen that 8 bits shall hold. */
export const RANGE_RULES = ['mse', 'percentile', 'extremes'] as const;
export type RangeRule = (typeof RANGE_RULES)[number];

/** Numbers as whole ones 0…255: what they are multiplied by, and which of them stands for 0. */
export interface ActivationRange {
  readonly scale: number;
  readonly zero: number;
}

const STEPS = 255;

/** The range from `low` to `high`, with 0 in it, which is held exactly. */
const rangeOf = (low: number, high: number): ActivationRange => {
  const [least, most] = [Math.min(0, low), Math.max(0, high)];
  if (most === least) return { scale: 1, zero: 0 };
  const scale = Math.fround((most - least) / STEPS);
  return { scale, zero: Math.round(Math.abs(least) / scale) };
};

/** How many of 100,000 numbers may lie beyond a range, on both sides together. */
const BEYOND = 10;

const percentiles = (histogram: Histogram): ActivationRange => {
  let all = 0;
  histogram.visit((_, count) => (all += count));
  const beyond = (all * BEYOND) / 100_000 / 2;
  let [passed, low, high] = [0, 0, 0];
  histogram.visit((middle, count) => {
    const [before, after] = [passed, passed + count];
    if (before <= beyond && after > beyond) low = middle;
    if (before < all - beyond && after >= all - beyond) high = middle;
    passed = after;
  });
  return rangeOf(Math.max(low, histogram.least), Math.min(high, histogram.most));
};

/** Mean squared error of numbers that are rounded to a range, those beyond it to its ends. */
const errorOf = (histogram: Histogram, { scale, zero }: ActivationRange): number => {
  const [low, high] = [-zero * scale, (STEPS - zero) * scale];
  let error = 0;
  histogram.visit((middle, count) => {
    const beyond = Math.max(0, middle - high, low - middle);
    error += count * (beyond > 0 ? beyond ** 2 : scale ** 2 / 12);
  });
  return error;
};

/** Shares of the whole range that are tried. */
const SHARES = Array.from({ length: 40 }, (_, i) => 1 - i / 50);

/** The share of the whole range with the least squared error. */
const leastError = (histogram: Histogram): ActivationRange => {
  const { least, most } = histogram;
  const tried = SHARES.map((share) => rangeOf(least * share, most * share));
  const errors = tried.map((range) => errorOf(histogram, range));
  return tried[errors.indexOf(Math.min(...errors))] ?? rangeOf(least, most);
};

/** The range that 8 bits shall hold of numbers that were counted. */
export const activationRange = (histogram: Histogram, rule: RangeRule): ActivationRange => {
  if (rule === 'extremes') return rangeOf(histogram.least, histogram.most);
  return rule === 'percentile' ? percentiles(histogram) : leastError(histogram);
};
