import { expectedCalibrationError, reliabilityBins, type ReliabilityBin } from '@understory/core';
import type { ReportInput, ReportMethod } from './input.ts';
import { outcomesOf, type Outcomes } from './math/outcomes.ts';

/** Of the reliability diagrams, of equal width, as in Guo et al. 2017. */
export const BINS = 15;

/** A method with what is computed from it. */
export interface Shown {
  readonly method: ReportMethod;
  /** Its place in the input: its colour and mark. */
  readonly index: number;
  readonly outcomes?: Outcomes;
  readonly bins?: readonly ReliabilityBin[];
  /** Of the best weights on test; fractions. */
  readonly accuracy?: number;
  readonly ece?: number;
  readonly nll?: number;
}

/** Tested methods: those with predictions. */
export type Tested = Shown & Required<Pick<Shown, 'outcomes' | 'bins' | 'accuracy' | 'ece' | 'nll'>>;

const show = (method: ReportMethod, index: number): Shown => {
  if (!method.predictions) {
    const accuracy = method.result?.best.test['accuracy'];
    return { method, index, ...(accuracy === undefined ? {} : { accuracy }) };
  }
  const outcomes = outcomesOf(method.predictions);
  const bins = reliabilityBins(outcomes, BINS);
  const { accuracy, nll } = outcomes;
  const ece = outcomes.labels.length > 0 ? expectedCalibrationError(bins) : 0;
  return { method, index, outcomes, bins, accuracy, nll, ece };
};

export interface Model {
  readonly input: ReportInput;
  readonly shown: readonly Shown[];
  readonly tested: readonly Tested[];
}

export const modelOf = (input: ReportInput): Model => {
  const shown = input.methods.map(show);
  return { input, shown, tested: shown.filter((s): s is Tested => s.outcomes !== undefined) };
};

/** A name of a class, whatever the number; −1 is none. */
export const className = ({ dataset }: ReportInput, at: number): string =>
  dataset.classes[at] ?? (at < 0 ? 'no class' : `class ${at}`);
