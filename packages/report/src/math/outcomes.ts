import { logSumExp, namedClass, type Predicted, type Predictions } from '@understory/core';

/**
 * What a classifier said of each image of a test set: the class of the largest logit, the first of equal ones. A row
 * that names no class (−1: see core's `namedClass`) has no confidence, and counts as wrong.
 */
export interface Outcomes extends Predicted {
  readonly accuracy: number;
  /** Mean negative log-likelihood of the true class, in nats; NaN where an image has no answer. */
  readonly nll: number;
  /** Images without an answer. */
  readonly unanswered: number;
}

export const outcomesOf = ({ classes, logits, labels }: Predictions): Outcomes => {
  const predicted = new Int32Array(labels.length);
  const confidence = new Float64Array(labels.length);
  let [right, unanswered, nll] = [0, 0, 0];
  labels.forEach((label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const top = namedClass(row);
    predicted[i] = top;
    if (top < 0) {
      unanswered++;
      return;
    }
    const whole = logSumExp(row);
    confidence[i] = Math.exp(row[top]! - whole);
    nll += whole - row[label]!;
    if (top === label) right++;
  });
  const n = Math.max(1, labels.length);
  return {
    labels,
    predicted,
    confidence,
    accuracy: right / n,
    nll: unanswered > 0 ? NaN : nll / n,
    unanswered,
  };
};

/** Positions of the wrong answers, those that were given with the greatest confidence first. */
export const worstMistakes = ({ labels, predicted, confidence }: Outcomes, count: number): number[] =>
  Array.from(labels.keys())
    .filter((i) => predicted[i] !== labels[i] && predicted[i]! >= 0)
    .sort((a, b) => confidence[b]! - confidence[a]! || a - b)
    .slice(0, count);
