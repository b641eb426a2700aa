import { UnderstoryError } from '@understory/core';
import { normalCdf } from './normalCdf.ts';

/**
 * P(T ≤ t) of Student's distribution with a whole number of degrees of freedom, by its finite series (Abramowitz and Stegun
 * 1964, 26.7.3 and 26.7.4).
 */
const studentCdf = (t: number, freedom: number): number => {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine2 = Math.cos(angle) ** 2;
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? Math.cos(angle) : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k < freedom; k += 2) {
    term *= (cosine2 * (k - 1)) / k;
    sum += term;
  }
  const within = isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return 0.5 + within / 2;
};

/** Two-sided probability of so large a |t|, or a larger one, by chance. */
const twoSided = (t: number, freedom: number): number => 2 * (1 - studentCdf(Math.abs(t), freedom));

const LEVEL = 0.05;

/** The t that two-sided chance exceeds with a probability of `level`. */
const critical = (freedom: number, level = LEVEL): number => {
  let [low, high] = [0, 1 / level ** 2];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (twoSided(middle, freedom) > level) low = middle;
    else high = middle;
  }
  return high;
};

/** How one method differs from another over the same seeds. */
export interface PairedDifference {
  readonly seeds: number;
  readonly mean: number;
  /** Of the differences, with n − 1; NaN for one seed. */
  readonly deviation: number;
  /** Student's 95 % interval of the mean; absent for one seed, which allows no statement. */
  readonly interval?: readonly [low: number, high: number];
  /** Two-sided probability of so large a mean by chance; NaN for one seed. */
  readonly p: number;
  readonly verdict: 'one seed' | 'within chance' | 'above' | 'below';
}

const verdictOf = ([low, high]: readonly [number, number]): PairedDifference['verdict'] => {
  if (low > 0) return 'above';
  return high < 0 ? 'below' : 'within chance';
};

/**
 * Differences of two methods, seed by seed, as Student's paired test tells them. "Within chance" where the 95 % interval holds
 * 0: that is not "equal". Errors: `bad-shape` where there is no difference or one is not finite.
 */
export const pairedDifference = (differences: readonly number[]): PairedDifference => {
  const seeds = differences.length;
  const strange = differences.find((one) => !Number.isFinite(one));
  if (seeds === 0 || strange !== undefined)
    throw new UnderstoryError(
      'bad-shape',
      `Cannot compare by ${seeds === 0 ? 'no seed' : `a difference of ${strange}`}: give one number a seed.`,
    );
  const mean = differences.reduce((a, b) => a + b, 0) / seeds;
  if (seeds === 1) return { seeds, mean, deviation: NaN, p: NaN, verdict: 'one seed' };
  const deviation = Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (seeds - 1));
  const error = deviation / Math.sqrt(seeds);
  const half = critical(seeds - 1) * error;
  const interval = [mean - half, mean + half] as const;
  const p = error > 0 ? twoSided(mean / error, seeds - 1) : Number(mean === 0);
  return { seeds, mean, deviation, interval, p, verdict: verdictOf(interval) };
};

/**
 * Holm's correction (1979) of the p values of several methods against one: which stay below 5 % in all. A NaN does not.
 */
export const holm = (ps: readonly number[]): boolean[] => {
  const kept = ps.map(() => false);
  const order = ps.map((_, i) => i).filter((i) => !Number.isNaN(ps[i]));
  order.sort((a, b) => (ps[a] ?? 1) - (ps[b] ?? 1));
  for (const [rank, i] of order.entries()) {
    if ((ps[i] ?? 1) * (order.length - rank) > LEVEL) break;
    kept[i] = true;
  }
  return kept;
};

/** log Γ(n / 2) of a whole number. */
const logGammaHalf = (n: number): number =>
  n <= 2 ? (n === 1 ? Math.log(Math.PI) / 2 : 0) : Math.log((n - 2) / 2) + logGammaHalf(n - 2);

const PARTS = 400;

/**
 * Probability that the paired test finds a true difference of `effect` deviations, two-sided, with so many seeds, at 5 % for so many
 * comparisons together (Bonferroni's bound): the noncentral t distribution, integrated over the deviation that the seeds happen to show.
 */
export const power = (seeds: number, effect: number, comparisons = 1): number => {
  const freedom = seeds - 1;
  const [shift, limit] = [effect * Math.sqrt(seeds), critical(freedom, LEVEL / comparisons)];
  const scale = Math.LN2 * (1 - freedom / 2) + (freedom / 2) * Math.log(freedom) - logGammaHalf(freedom);
  const density = (s: number): number =>
    s === 0 && freedom === 1
      ? Math.exp(scale)
      : Math.exp(scale + (freedom - 1) * Math.log(s) - (freedom * s * s) / 2);
  const found = (s: number): number => normalCdf(shift - limit * s) + normalCdf(-shift - limit * s);
  const width = (1 + 6 / Math.sqrt(freedom)) / PARTS;
  let sum = 0;
  for (let i = 0; i <= PARTS; i++) {
    const weight = i === 0 || i === PARTS ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * density(i * width) * found(i * width);
  }
  return (sum * width) / 3;
};

/**
 * Fewest seeds with which the paired test finds such a difference among so many comparisons with a probability of 80 %; undefined above
 * `most`. From a difference that was seen it is a guess: say so.
 */
export const seedsNeeded = (effect: number, { comparisons = 1, most = 1000 } = {}): number | undefined => {
  const isEnough = (seeds: number): boolean => power(seeds, Math.abs(effect), comparisons) >= 0.8;
  if (!isEnough(most)) return undefined;
  let [low, high] = [1, most];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
};
