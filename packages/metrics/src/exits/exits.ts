import { checkPredicted, UnderstoryError, type Predicted } from '@understory/core';

/** What a classifier said of some samples at one of its exits. */
export interface Exit extends Predicted {
  /** Multiply-adds of an image that leaves here: the network up to the exit, and every classifier that was asked on the way. */
  readonly cost: number;
}

/** How samples fare that leave a network at the first exit that is sure enough. */
export interface ExitOutcome {
  /** Fractions; NaN of no samples. */
  readonly accuracy: number;
  /** Mean cost of a sample. */
  readonly cost: number;
  /** Share of the samples that leave at each exit. */
  readonly shares: readonly number[];
}

/** Errors: `empty`, `bad-shape`, `not-finite`, `bad-option`. */
const check = (exits: readonly Exit[], thresholds: readonly number[]): void => {
  const [first] = exits;
  if (!first) throw new UnderstoryError('empty', 'There is no exit. Give at least the end of the network.');
  for (const [e, { labels, predicted, confidence }] of exits.entries()) {
    checkPredicted({ labels: first.labels, predicted, confidence, [`labels of exit ${e}`]: labels });
    const strange = confidence.findIndex((value) => Number.isNaN(value));
    if (strange >= 0)
      throw new UnderstoryError(
        'not-finite',
        `Exit ${e} has no confidence for sample ${strange}. Leave it out, or look why the network gives none.`,
      );
  }
  if (thresholds.length === exits.length - 1 && !thresholds.some(Number.isNaN)) return;
  throw new UnderstoryError(
    'bad-option',
    `Thresholds [${thresholds.join(', ')}] are not those of ${exits.length} exits. Give a number for each but the last.`,
  );
};

/** The exit that each sample leaves at [N]: the first whose confidence is at least its threshold, and else the last. */
export const leaveAt = (exits: readonly Exit[], thresholds: readonly number[]): Int32Array => {
  check(exits, thresholds);
  return Int32Array.from(exits[0]!.labels, (_, i) => {
    const found = thresholds.findIndex((threshold, e) => exits[e]!.confidence[i]! >= threshold);
    return found < 0 ? exits.length - 1 : found;
  });
};

/**
 * Accuracy, mean cost and shares of samples that leave by these thresholds, one for each exit but the last. Errors: `empty`,
 * `bad-shape`, `not-finite`, `bad-option`.
 */
export const exitOutcome = (exits: readonly Exit[], thresholds: readonly number[]): ExitOutcome => {
  const places = leaveAt(exits, thresholds);
  const counts = new Array<number>(exits.length).fill(0);
  let right = 0;
  places.forEach((e, i) => {
    counts[e]! += 1;
    if (exits[e]!.predicted[i] === exits[e]!.labels[i]) right += 1;
  });
  const shares = counts.map((count) => count / places.length);
  return {
    accuracy: right / places.length,
    cost: shares.reduce((sum, share, e) => sum + share * exits[e]!.cost, 0),
    shares,
  };
};

/** Share of samples that an exit names rightly, if all of them left there. */
export const exitAccuracy = ({ labels, predicted }: Exit): number =>
  predicted.reduce((right, named, i) => right + (named === labels[i] ? 1 : 0), 0) / labels.length;
