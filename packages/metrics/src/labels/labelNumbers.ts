import { UnderstoryError } from '@understory/core';
import { meanOfKnown, type Mean } from '../means.ts';
import { averagePrecision } from './averagePrecision.ts';

/** What was said of samples that may have several labels. */
export interface LabelPredictions {
  readonly labels: number;
  /** [N · labels], row-major. */
  readonly scores: Float32Array | Float64Array;
  /** 0 or 1 [N · labels]. */
  readonly truths: ArrayLike<number>;
}

/** Samples that were said to have a label and have it, have it not, and have it without being said to. */
interface Counts {
  readonly hits: number;
  readonly wrong: number;
  readonly missed: number;
}

/** What was right of one label. Fractions; NaN where they are 0/0. */
export interface LabelRow extends Counts {
  /** Samples that have it. */
  readonly support: number;
  readonly averagePrecision: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** What was right of all labels. Fractions; means say over how many labels they go. */
export interface LabelNumbers {
  readonly samples: number;
  /** Over the labels that a sample has: scikit-learn and torchmetrics count others as 0. */
  readonly meanAveragePrecision: Mean;
  /** Of all samples and labels at once. */
  readonly microF1: number;
  /** Over the labels that a sample has or was said to have. */
  readonly macroF1: Mean;
  /** Over samples: one without labels, of which none was said, counts as 0, as in scikit-learn. */
  readonly samplesF1: number;
  readonly byLabel: readonly LabelRow[];
}

const f1Of = ({ hits, wrong, missed }: Counts): number => (2 * hits) / (2 * hits + wrong + missed);

/** Counts over the places `from`, `from + step`, … below `to`. */
const countsOf = (
  { scores, truths }: LabelPredictions,
  threshold: number,
  [from, to, step]: readonly [number, number, number],
): Counts => {
  let [hits, wrong, missed] = [0, 0, 0];
  for (let i = from; i < to; i += step) {
    const [said, is] = [scores[i]! >= threshold, truths[i] === 1];
    if (said && is) hits++;
    else if (said) wrong++;
    else if (is) missed++;
  }
  return { hits, wrong, missed };
};

const check = ({ labels, scores, truths }: LabelPredictions): void => {
  if (scores.length !== truths.length || scores.length % labels !== 0)
    throw new UnderstoryError(
      'bad-shape',
      `${scores.length} scores and ${truths.length} truths are not those of samples with ${labels} labels each. Give one of both for each sample and label.`,
    );
  const wrong = Array.from({ length: truths.length }, (_, i) => i).find(
    (i) => truths[i] !== 0 && truths[i] !== 1,
  );
  if (wrong !== undefined)
    throw new UnderstoryError(
      'bad-label',
      `Sample ${Math.floor(wrong / labels)} has ${String(truths[wrong])} for label ${wrong % labels}; expected 0 or 1.`,
    );
  const strange = scores.findIndex((score) => !Number.isFinite(score));
  if (strange >= 0)
    throw new UnderstoryError(
      'not-finite',
      `Sample ${Math.floor(strange / labels)} has ${scores[strange]!} as score of label ${strange % labels}. Leave it out, or look why the network gives it.`,
    );
};

const rowOf = (said: LabelPredictions, threshold: number, label: number): LabelRow => {
  const { labels, scores, truths } = said;
  const column = (all: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: all.length / labels }, (_, i) => all[i * labels + label]!);
  const counts = countsOf(said, threshold, [label, scores.length, labels]);
  const { hits, wrong, missed } = counts;
  return {
    ...counts,
    support: hits + missed,
    averagePrecision: averagePrecision(column(scores), column(truths)),
    precision: hits / (hits + wrong),
    recall: hits / (hits + missed),
    f1: f1Of(counts),
  };
};

/**
 * Average precision of each label, and F1 of those whose score is at least `threshold`. Errors: `bad-shape`, `bad-label`,
 * `not-finite`, which name the sample.
 */
export const labelNumbers = (said: LabelPredictions, threshold = 0.5): LabelNumbers => {
  check(said);
  const { labels, scores } = said;
  const samples = scores.length / labels;
  const byLabel = Array.from({ length: labels }, (_, label) => rowOf(said, threshold, label));
  const ofSamples = Array.from({ length: samples }, (_, i) =>
    f1Of(countsOf(said, threshold, [i * labels, (i + 1) * labels, 1])),
  );
  return {
    samples,
    meanAveragePrecision: meanOfKnown(byLabel.map((row) => row.averagePrecision)),
    microF1: f1Of(countsOf(said, threshold, [0, scores.length, 1])),
    macroF1: meanOfKnown(byLabel.map(({ f1 }) => f1)),
    samplesF1: ofSamples.reduce((sum, f1) => sum + (f1 || 0), 0) / samples,
    byLabel,
  };
};
