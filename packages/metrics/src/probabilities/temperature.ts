import { logSumExp, UnderstoryError, type Predictions } from '@understory/core';
import { finiteSamplesOf, type Sample } from '../samples.ts';

/** A temperature that logits are divided by, so that their probabilities fit some labels best. */
export interface Temperature {
  readonly temperature: number;
  /** Where the best one lies at or beyond an end of what was looked at: nothing but that end is known of it. */
  readonly bound?: 'lowest' | 'highest';
  /** Steps of Newton's method, or halvings of the bracket. */
  readonly steps: number;
}

/** Temperatures that are looked at. */
const LOWEST = 0.01;
const HIGHEST = 100;
const TOLERANCE = 1e-9;
const STEPS = 200;

interface Slopes {
  /** Of the mean −log p of the class by β = 1 / temperature, which is convex. */
  readonly first: number;
  readonly second: number;
}

const slopesAt = (samples: readonly Sample[], beta: number): Slopes => {
  let [first, second] = [0, 0];
  for (const { logits, label } of samples) {
    const whole = logSumExp(Float64Array.from(logits, (logit) => beta * logit));
    const own = logits[label]!;
    let [mean, square] = [0, 0];
    for (const logit of logits) {
      const p = Math.exp(beta * logit - whole);
      mean += p * (logit - own);
      square += p * (logit - own) ** 2;
    }
    first += mean;
    second += Math.max(0, square - mean ** 2);
  }
  return { first: first / samples.length, second: second / samples.length };
};

/** Mean −log p of the class in nats, of logits divided by a temperature. NaN of no samples. Errors: `not-finite`, `bad-shape`. */
export const meanNll = (predictions: Predictions, temperature = 1): number => {
  const samples = finiteSamplesOf(predictions);
  const cost = samples.reduce((sum, { logits, label }) => {
    const cooled = Float64Array.from(logits, (logit) => logit / temperature);
    return sum + logSumExp(cooled) - cooled[label]!;
  }, 0);
  return cost / samples.length;
};

/**
 * The temperature at which the mean −log p of the class is least (Guo et al. 2017, §4.2), by Newton's method in 1 / T with
 * bisection. Fit it on validation: the class that is said does not change, probabilities do. From 0.01 to 100; it is 0.01 where
 * all samples are right, and 100 where logits tell nothing, and `bound` says so. Errors: `not-finite`, `empty`.
 */
export const fitTemperature = (predictions: Predictions): Temperature => {
  const samples = finiteSamplesOf(predictions);
  if (samples.length === 0)
    throw new UnderstoryError('empty', 'A temperature is fitted to samples, and there are none.');
  let [low, high] = [1 / HIGHEST, 1 / LOWEST];
  if (slopesAt(samples, low).first >= 0) return { temperature: HIGHEST, bound: 'highest', steps: 0 };
  if (slopesAt(samples, high).first <= 0) return { temperature: LOWEST, bound: 'lowest', steps: 0 };
  let beta = 1;
  for (let steps = 0; ; steps++) {
    const { first, second } = slopesAt(samples, beta);
    if (Math.abs(first) < TOLERANCE || high - low < 1e-14 * high || steps === STEPS)
      return { temperature: 1 / beta, steps };
    if (first > 0) high = beta;
    else low = beta;
    const next = beta - first / second;
    beta = next > low && next < high ? next : (low + high) / 2;
  }
};
