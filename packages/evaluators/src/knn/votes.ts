import { logSumExp, UnderstoryError } from '@understory/core';
import type { Neighbours } from './nearest.ts';

export interface VoteOptions {
  /** A neighbour's vote is exp(cosine / temperature). */
  readonly temperature: number;
  readonly classes: number;
}

/**
 * log Σ exp(cosine / τ) over each query's neighbours of a class [queries · classes]; −∞ for a class that has none among
 * them. As logits, their largest is the predicted class. `labels` [bank]. Wu et al. 2018, §3.4.
 */
export const logVotes = (
  { k, index, cosine }: Neighbours,
  labels: Int32Array,
  { temperature, classes }: VoteOptions,
): Float64Array => {
  const votes = new Float64Array((index.length / k) * classes).fill(-Infinity);
  index.forEach((row, i) => {
    const label = labels[row];
    if (label === undefined || label < 0 || label >= classes)
      throw new UnderstoryError(
        'bad-label',
        `Row ${row} of the bank has label ${String(label)} in ${labels.length} labels; labels go from 0 to ${classes - 1}.`,
      );
    const at = Math.floor(i / k) * classes + label;
    votes[at] = logSumExp([votes[at]!, cosine[i]! / temperature]);
  });
  return votes;
};
