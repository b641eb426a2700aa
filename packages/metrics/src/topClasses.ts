import type { Predictions } from '@understory/core';

/** Logits of one sample [C]. */
export const logitsOf = ({ logits, classes }: Predictions, sample: number): Float32Array =>
  logits.subarray(sample * classes, (sample + 1) * classes);

/** How many classes have a higher logit than this one: its rank, 0 for the best. Ties count for it. */
export const rankOf = (logits: Float32Array, label: number): number => {
  const own = logits[label]!;
  let rank = 0;
  for (const l of logits) if (l > own) rank++;
  return rank;
};
