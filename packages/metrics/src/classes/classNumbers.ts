import { UnderstoryError } from '@understory/core';
import { meanOfKnown, type Mean } from '../means.ts';

/** What was right of one class. Fractions; NaN where they are 0/0. */
export interface ClassNumbers {
  /** Samples that are of the class, that were said to be, and that are and were. */
  readonly support: number;
  readonly predicted: number;
  readonly right: number;
  /** 0 where the class was never said. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** What was right of all classes. Fractions but for κ; means say over how many classes they go. */
export interface ClassificationNumbers {
  readonly samples: number;
  /** Share of samples that are right: also precision, recall and F1 of all samples at once ("micro"). */
  readonly accuracy: number;
  /** Mean recall of the classes that samples are of. */
  readonly balancedAccuracy: Mean;
  /** Means over the classes that samples are of or were said to be; a recall of 0/0 counts as 0, as in scikit-learn. */
  readonly macro: { readonly precision: Mean; readonly recall: Mean; readonly f1: Mean };
  /** Means weighted by how many samples are of a class. */
  readonly weighted: { readonly precision: number; readonly recall: number; readonly f1: number };
  /** Cohen's κ: how far right beyond what chance gives, at most 1; NaN where chance is always right. */
  readonly kappa: number;
  readonly byClass: readonly ClassNumbers[];
}

/** Row sums (`support`), column sums (`predicted`) and diagonal (`right`) of counts [C · C] by true class and said one. */
export const classCounts = (
  counts: ArrayLike<number>,
  classes: number,
): Pick<ClassNumbers, 'support' | 'predicted' | 'right'>[] => {
  if (counts.length !== classes ** 2)
    throw new UnderstoryError(
      'bad-shape',
      `${counts.length} counts are not those of ${classes} classes by ${classes}. Give a row of counts for each true class.`,
    );
  const range = Array.from({ length: classes }, (_, c) => c);
  const at = (row: number, column: number): number => counts[row * classes + column] ?? 0;
  return range.map((c) => ({
    support: range.reduce((sum, other) => sum + at(c, other), 0),
    predicted: range.reduce((sum, other) => sum + at(other, c), 0),
    right: at(c, c),
  }));
};

const numbersOf = (counts: Pick<ClassNumbers, 'support' | 'predicted' | 'right'>): ClassNumbers => {
  const { support, predicted, right } = counts;
  return {
    ...counts,
    precision: predicted === 0 && support > 0 ? 0 : right / predicted,
    recall: right / support,
    f1: (2 * right) / (support + predicted),
  };
};

/** (p_o − p_e) / (1 − p_e), p_e the agreement of two who name classes as often without looking (Cohen 1960). */
const kappaOf = (byClass: readonly ClassNumbers[], samples: number): number => {
  const right = byClass.reduce((sum, one) => sum + one.right, 0) / samples;
  const chance = byClass.reduce((sum, { support, predicted }) => sum + support * predicted, 0) / samples ** 2;
  return (right - chance) / (1 - chance);
};

/** Numbers of a confusion matrix [C · C], row-major: row the true class, column the said one. Errors: `bad-shape`. */
export const classificationNumbers = (counts: ArrayLike<number>, classes: number): ClassificationNumbers => {
  const byClass = classCounts(counts, classes).map(numbersOf);
  const samples = byClass.reduce((sum, { support }) => sum + support, 0);
  const seen = byClass.filter(({ support, predicted }) => support + predicted > 0);
  // Over all classes, so that a mean says how many there could have been.
  const macro = (number: (one: ClassNumbers) => number): Mean => ({
    ...meanOfKnown(seen.map(number)),
    all: classes,
  });
  const weighted = (number: (one: ClassNumbers) => number): number =>
    byClass.reduce((sum, one) => sum + (one.support > 0 ? one.support * number(one) : 0), 0) / samples;
  return {
    samples,
    accuracy: byClass.reduce((sum, { right }) => sum + right, 0) / samples,
    balancedAccuracy: meanOfKnown(byClass.map(({ recall }) => recall)),
    macro: {
      precision: macro(({ precision }) => precision),
      recall: macro(({ recall }) => recall || 0),
      f1: macro(({ f1 }) => f1),
    },
    weighted: {
      precision: weighted(({ precision }) => precision),
      recall: weighted(({ recall }) => recall),
      f1: weighted(({ f1 }) => f1),
    },
    kappa: kappaOf(byClass, samples),
    byClass,
  };
};
