import type { Answers, Predictions } from '@understory/core';

/** What a classifier said of each image of a test set: the class of the largest logit, the first of equal ones. */
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
    let top = 0;
    for (let c = 1; c < classes; c++) if (row[c]! > row[top]!) top = c;
    let sum = 0;
    for (const value of row) sum += Math.exp(value - row[top]!);
    predicted[i] = top;
    confidence[i] = 1 / sum;
    nll += Math.log(sum) + row[top]! - row[label]!;
    if (top === label) right++;
  });
  const n = Math.max(1, labels.length);
  return { labels, predicted, confidence, accuracy: right / n, nll: nll / n };
};

/** Positions of the wrong answers, those that were given with the greatest confidence first. */
export const worstMistakes = ({ labels, predicted, confidence }: Outcomes, count: number): number[] =>
  Array.from(labels.keys())
    .filter((i) => predicted[i] !== labels[i])
    .sort((a, b) => confidence[b]! - confidence[a]! || a - b)
    .slice(0, count);
