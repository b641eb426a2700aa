import {
  classification,
  expectedCalibrationError,
  reliabilityBins,
  type ReliabilityBin,
} from '@understory/core';
import type { ReportInput, ReportMethod } from './input.ts';
import { outcomesOf, type Outcomes } from './math/outcomes.ts';
import { measuresOf, type Measure } from './measures.ts';

/** Of the reliability diagrams, of equal width, as in Guo et al. 2017. */
export const BINS = 15;

/** A method with what is computed from it. */
export interface Shown {
  readonly method: ReportMethod;
  /** Its place in the input: its colour and mark. */
  readonly index: number;
  readonly outcomes?: Outcomes;
  readonly bins?: readonly ReliabilityBin[];
  /** Of the best weights on test; fractions. Calibration is NaN, and has no bins, where an image has no answer. */
  readonly accuracy?: number;
  readonly ece?: number;
  readonly nll?: number;
}

/** Tested methods: those with predictions of some image. */
export type Tested = Shown & Required<Pick<Shown, 'outcomes' | 'bins' | 'accuracy' | 'ece' | 'nll'>>;

/**
 * Whether a method tells one class an image, as far as is known without predictions of all images: elsewhere `accuracy`
 * may be of labels or of pixels, and not of images.
 */
const isOfClasses = ({ examples = [] }: ReportMethod, { task }: ReportInput): boolean =>
  (task === undefined || task === classification.name) && examples.every((p) => !p || p.kind === 'class');

const show = (method: ReportMethod, index: number, input: ReportInput): Shown => {
  if (!method.predictions || method.predictions.labels.length === 0) {
    const accuracy = isOfClasses(method, input) ? method.result?.best.test['accuracy'] : undefined;
    return { method, index, ...(accuracy === undefined ? {} : { accuracy }) };
  }
  const outcomes = outcomesOf(method.predictions);
  const { accuracy, nll, unanswered } = outcomes;
  // Leaving out the images without an answer would make the others look better than the network is.
  const bins = unanswered > 0 ? [] : reliabilityBins(outcomes, BINS);
  const ece = unanswered > 0 ? NaN : expectedCalibrationError(bins);
  return { method, index, outcomes, bins, accuracy, nll, ece };
};

export interface Model {
  readonly input: ReportInput;
  readonly shown: readonly Shown[];
  readonly tested: readonly Tested[];
  /** The runs' own numbers, those that sections of classes compute by themselves left out. */
  readonly measures: readonly Measure[];
}

/** Names of the numbers that sections of classes compute for a method, or tell by themselves. */
const computed = ({ outcomes, accuracy }: Shown): readonly string[] => {
  if (outcomes) return ['accuracy', 'ece', 'nll'];
  return accuracy === undefined ? [] : ['accuracy'];
};

/** The runs' own numbers, without those that are told elsewhere. */
const ownMeasures = (input: ReportInput, shown: readonly Shown[]): Measure[] =>
  measuresOf(input)
    .map((measure) => {
      const others = shown.filter((s) => !computed(s).includes(measure.name)).map(({ method }) => method);
      const value = (method: ReportMethod): number | undefined =>
        others.includes(method) ? measure.value(method) : undefined;
      return { ...measure, value };
    })
    .filter(({ value }) => input.methods.some((method) => value(method) !== undefined));

export const modelOf = (input: ReportInput): Model => {
  const shown = input.methods.map((method, i) => show(method, i, input));
  const tested = shown.filter((s): s is Tested => s.outcomes !== undefined);
  return { input, shown, tested, measures: ownMeasures(input, shown) };
};

/** A name of a class, whatever the number; −1 is none. */
export const className = ({ dataset }: ReportInput, at: number): string =>
  dataset.classes[at] ?? (at < 0 ? 'no class' : `class ${at}`);
