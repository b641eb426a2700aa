import { logSumExp, namedClass, type Answers, type Predictions } from '@understory/core';

/**
 * What a classifier said of each image of a test set: the class of the largest logit, the first of equal ones; no class, −1,
 * where a logit is no number, which is wrong and has no confidence.
 */
export interface Outcomes extends Answers {
  readonly accuracy: number;
  /** Mean negative log-likelihood of the true class, in nats. */
  readonly nll: number;
}

export const outcomesOf = ({ classes, logits, labels }: Predictions): Outcomes => {
  const predicted = new Int32Array(labels.length);
  const confidence = new Float64Array(labels.length);
  let right = 0;
  let nll = 0;
  labels.forEach((label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const top = namedClass(row);
    const whole = logSumExp(row);
    predicted[i] = top;
    confidence[i] = Math.exp((row[top] ?? NaN) - whole);
    nll += whole - row[label]!;
    if (top === label) right++;
  });
  const n = Math.max(1, labels.length);
  return { labels, predicted, confidence, accuracy: right / n, nll: nll / n };
};

/** Positions of the wrong answers, those that were given with the greatest confidence first, those of none last. */
export const worstMistakes = ({ labels, predicted, confidence }: Outcomes, count: number): number[] =>
  Array.from(labels.keys())
    .filter((i) => predicted[i] !== labels[i])
    .sort((a, b) => (confidence[b] || 0) - (confidence[a] || 0) || a - b)
    .slice(0, count);
