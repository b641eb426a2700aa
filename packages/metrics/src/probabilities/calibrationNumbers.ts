import {
  expectedCalibrationError,
  logSumExp,
  reliabilityBins,
  UnderstoryError,
  type Predicted,
  type Predictions,
  type ReliabilityBin,
} from '@understory/core';
import { finiteSamplesOf, type Sample } from '../samples.ts';
import { equalMassBins, maximumCalibrationError } from './bins.ts';
import { confidences } from './reliability.ts';

/** How good probabilities are, over a whole split. NaN of no samples. */
export interface CalibrationNumbers {
  readonly samples: number;
  /** Mean −log p of the class, in nats. */
  readonly nll: number;
  /** Mean Σ_c (p_c − 1[c = class])², from 0 to 2. */
  readonly brier: number;
  /** Mean and largest gap between accuracy and confidence over `bins` (Guo et al. 2017). Fractions, as all below. */
  readonly ece: number;
  readonly mce: number;
  /** The same over bins of as many samples each. */
  readonly massEce: number;
  readonly massMce: number;
  /** Mean over all classes of the error of that class's probability: "static". */
  readonly classEce: number;
  /** The same over bins of as many samples each: "adaptive". */
  readonly classMassEce: number;
  /** Of equal width, and of as many samples each, for diagrams. */
  readonly bins: readonly ReliabilityBin[];
  readonly massBins: readonly ReliabilityBin[];
}

export interface CalibrationNumbersOptions {
  /** 15 where absent. */
  readonly bins?: number;
  /** What logits are divided by; 1 where absent. */
  readonly temperature?: number;
}

/** Logits divided by a temperature in float64, so that none that differ become equal. */
const cooled = (samples: readonly Sample[], temperature: number): Float64Array[] =>
  samples.map(({ logits }) => Float64Array.from(logits, (logit) => logit / temperature));

/** Σ_c (p_c − 1[c = class])² of a row of logits. */
const squares = (logits: Float64Array, label: number, whole: number): number =>
  logits.reduce((sum, logit, c) => sum + (Math.exp(logit - whole) - (c === label ? 1 : 0)) ** 2, 0);

const meanOver = (length: number, value: (i: number) => number): number =>
  Array.from({ length }, (_, i) => value(i)).reduce((a, b) => a + b, 0) / length;

/**
 * All numbers of calibration at a temperature, from logits. Errors: `not-finite`, which names the sample, `bad-shape`,
 * `bad-label`, `bad-option`.
 */
export const calibrationNumbers = (
  predictions: Predictions,
  { bins = 15, temperature = 1 }: CalibrationNumbersOptions = {},
): CalibrationNumbers => {
  if (!(temperature > 0 && temperature < Infinity) || !(Number.isInteger(bins) && bins > 0))
    throw new UnderstoryError(
      'bad-option',
      `temperature is ${temperature} and bins ${bins}. Give a finite temperature above 0, and a whole number of bins from 1.`,
    );
  const { labels, classes } = predictions;
  const rows = cooled(finiteSamplesOf(predictions), temperature);
  const wholes = Float64Array.from(rows, (row) => logSumExp(row));
  const predicted = confidences(predictions, temperature);
  const [width, mass] = [reliabilityBins(predicted, bins), equalMassBins(predicted, bins)];
  const ofClass = (c: number): Predicted => ({
    labels,
    predicted: new Int32Array(labels.length).fill(c),
    confidence: Float64Array.from(rows, (row, i) => Math.exp(row[c]! - wholes[i]!)),
  });
  const byClass = (make: typeof equalMassBins): number =>
    meanOver(classes, (c) => expectedCalibrationError(make(ofClass(c), bins)));
  return {
    samples: labels.length,
    nll: meanOver(labels.length, (i) => wholes[i]! - rows[i]![labels[i]!]!),
    brier: meanOver(labels.length, (i) => squares(rows[i]!, labels[i]!, wholes[i]!)),
    ece: expectedCalibrationError(width),
    mce: maximumCalibrationError(width),
    massEce: expectedCalibrationError(mass),
    massMce: maximumCalibrationError(mass),
    classEce: byClass(reliabilityBins),
    classMassEce: byClass(equalMassBins),
    bins: width,
    massBins: mass,
  };
};
