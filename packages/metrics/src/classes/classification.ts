import { METRIC, namedClass, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { classPredictions, finiteSamplesOf, OF_CLASSES } from '../samples.ts';
import { classificationNumbers, type ClassificationNumbers } from './classNumbers.ts';

const NUMBERS = [
  'balancedAccuracy',
  'macroPrecision',
  'macroRecall',
  'macroF1',
  'weightedPrecision',
  'weightedF1',
  'kappa',
] as const;

export const ClassificationMetricOptions = z.strictObject({
  first: z
    .enum(NUMBERS)
    .default('balancedAccuracy')
    .describe('the number that stands first: of the first metric, it chooses the best epoch'),
  each: z
    .boolean()
    .default(false)
    .describe('report each class too, as `precision/<class>`, `recall/<class>` and `f1/<class>`'),
});
export type ClassificationMetricOptions = z.input<typeof ClassificationMetricOptions>;

const brief = (all: ClassificationNumbers): Record<(typeof NUMBERS)[number], number> => ({
  balancedAccuracy: all.balancedAccuracy.value,
  macroPrecision: all.macro.precision.value,
  macroRecall: all.macro.recall.value,
  macroF1: all.macro.f1.value,
  weightedPrecision: all.weighted.precision,
  weightedF1: all.weighted.f1,
  kappa: all.kappa,
});

const ofEach = ({ byClass }: ClassificationNumbers, classes: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    (['precision', 'recall', 'f1'] as const).flatMap((number) =>
      classes.map((name, c) => [`${number}/${name}`, byClass[c]?.[number] ?? NaN] as const),
    ),
  );

/**
 * What a confusion matrix says beyond accuracy: `balancedAccuracy`, `macroPrecision`, `macroRecall`, `macroF1`,
 * `weightedPrecision`, `weightedF1`, `kappa`, and with `each` the numbers of each class. Keeps counts alone.
 */
export const classification = (options: ClassificationMetricOptions = {}): Metric => {
  const { first, each } = ClassificationMetricOptions.parse(options);
  return {
    name: 'classification',
    goal: 'max',
    units: { kappa: '' },
    details: [...NUMBERS.filter((name) => name !== first), 'precision/', 'recall/', 'f1/'],
    ...OF_CLASSES,
    begin({ classes }) {
      const counts = new Float64Array(classes.length ** 2);
      let seen = 0;
      return {
        add(batch) {
          for (const { logits, label } of finiteSamplesOf(classPredictions(batch), seen)) {
            counts[label * classes.length + namedClass(logits)]! += 1;
            seen += 1;
          }
        },
        end() {
          const all = classificationNumbers(counts, classes.length);
          const numbers = brief(all);
          return { [first]: numbers[first], ...numbers, ...(each && ofEach(all, classes)) };
        },
      };
    },
  };
};

export const classificationMetricPlugin = plugin({
  token: METRIC,
  name: 'classification',
  summary: "Balanced accuracy, precision, recall and F1 over classes, Cohen's kappa",
  when: 'Classes are not equally frequent, or you want to know which of them go wrong.',
  source: 'scikit-learn; Cohen 1960 for kappa',
  options: ClassificationMetricOptions,
  create: classification,
});
