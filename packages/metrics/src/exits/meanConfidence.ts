import { logSumExp, UnderstoryError } from '@understory/core';

/** A classifier's logits [N · C], row-major, and what they are divided by. */
export interface CalibratedLogits {
  readonly logits: Float32Array;
  readonly classes: number;
  readonly temperature: number;
}

/**
 * The largest of the mean probabilities of several classifiers, of the same samples [N]: high where they agree and each is sure. NaN
 * where a logit is no number. Errors: `bad-shape`.
 */
export const meanConfidence = (all: readonly CalibratedLogits[]): Float64Array => {
  const [first] = all;
  if (
    !first ||
    all.some(({ logits, classes }) => classes !== first.classes || logits.length !== first.logits.length)
  )
    throw new UnderstoryError(
      'bad-shape',
      `${all.length} classifiers give ${all.map(({ logits }) => logits.length).join(', ')} logits. Give those of the same samples and classes.`,
    );
  const { classes } = first;
  return Float64Array.from({ length: first.logits.length / classes }, (_, i) => {
    const mean = new Float64Array(classes);
    for (const { logits, temperature } of all) {
      const row = Float64Array.from(logits.subarray(i * classes, (i + 1) * classes), (z) => z / temperature);
      const whole = logSumExp(row);
      row.forEach((z, c) => (mean[c]! += Math.exp(z - whole) / all.length));
    }
    return mean.reduce((most, p) => Math.max(most, p), 0);
  });
};
