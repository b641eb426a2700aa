import type { Curve } from './followed.ts';
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

/** Squared error of numbers that are rounded to a range, those beyond it to its ends, and then go through a curve. */
const errorOf = (histogram: Histogram, { scale, zero }: ActivationRange, curve: Curve): number => {
  const [low, high] = [-zero * scale, (STEPS - zero) * scale];
  let error = 0;
  histogram.visit((middle, count) => {
    const held = Math.max(low, Math.min(high, middle));
    const apart = curve(middle) - curve(held);
    // Within the range a number is moved by up to half a step, to any place alike.
    const moved = held === middle ? (curve(middle + scale / 2) - curve(middle - scale / 2)) ** 2 / 12 : 0;
    error += count * (apart ** 2 + moved);
  });
  return error;
};

/** Shares of the whole range that are tried. */
const SHARES = Array.from({ length: 40 }, (_, i) => 1 - i / 50);
/** Of a side that hardly matters, as the numbers far below 0 that SiLU makes nothing of. */
const SMALL = [0.18, 0.14, 0.1, 0.07, 0.05, 0.03];

type Ends = readonly [low: number, high: number];

/** Shares of both sides together, then of each alone, with the least squared error. */
const leastError = (histogram: Histogram, curve: Curve): ActivationRange => {
  const { least, most } = histogram;
  const rangeBy = ([low, high]: Ends): ActivationRange => rangeOf(least * low, most * high);
  const best = (tried: readonly Ends[]): Ends => {
    const errors = tried.map((ends) => errorOf(histogram, rangeBy(ends), curve));
    return tried[errors.indexOf(Math.min(...errors))] ?? [1, 1];
  };
  const all = [...SHARES, ...SMALL];
  const both = best(SHARES.map((share) => [share, share]));
  const below = best(all.map((share) => [share, both[1]]));
  return rangeBy(best(all.map((share) => [below[0], share])));
};

const SAME: Curve = (value) => value;

/** The range that 8 bits shall hold of numbers that were counted; by `mse` of what a curve makes of them, where one follows. */
export const activationRange = (
  histogram: Histogram,
  rule: RangeRule,
  curve: Curve = SAME,
): ActivationRange => {
  if (rule === 'extremes') return rangeOf(histogram.least, histogram.most);
  return rule === 'percentile' ? percentiles(histogram) : leastError(histogram, curve);
};
