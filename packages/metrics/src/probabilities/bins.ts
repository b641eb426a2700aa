import { checkPredicted, UnderstoryError, type Predicted, type ReliabilityBin } from '@understory/core';

/** |accuracy − confidence| of a bin. */
const gapOf = ({ accuracy, confidence }: ReliabilityBin): number => Math.abs(accuracy - confidence);

/** The largest gap of any bin that has samples (Guo et al. 2017, eq. 5), a fraction; NaN of no samples. */
export const maximumCalibrationError = (bins: readonly ReliabilityBin[]): number => {
  const filled = bins.filter(({ count }) => count > 0);
  return filled.length === 0 ? NaN : Math.max(...filled.map(gapOf));
};

const mustBeNumbers = (confidence: Float64Array): void => {
  const strange = confidence.findIndex((value) => Number.isNaN(value));
  if (strange >= 0)
    throw new UnderstoryError(
      'not-finite',
      `Sample ${strange} of confidence [${confidence.length}] is no number. Leave it out, or look why the network gives it.`,
    );
};

/** A mean and how many it is of, on its way. */
interface Sums {
  readonly values: number[];
  right: number;
}

/**
 * Predicted by confidence in bins of as many samples each: bin ⌊bins · q / n⌋, q the number of smaller confidences. So equal ones
 * stay together, whatever their order, and some bins may be empty. `from` and `to` are a bin's least and largest confidence,
 * both included; NaN where it has none. Errors: `not-finite`, and those of `reliabilityBins`.
 */
export const equalMassBins = (
  { labels, predicted, confidence }: Predicted,
  bins: number,
): ReliabilityBin[] => {
  checkPredicted({ labels, predicted, confidence });
  mustBeNumbers(confidence);
  const order = Uint32Array.from(confidence, (_, i) => i).sort((a, b) => confidence[a]! - confidence[b]!);
  const sums = Array.from({ length: bins }, (): Sums => ({ values: [], right: 0 }));
  let smaller = 0;
  order.forEach((i, place) => {
    if (place > 0 && confidence[i]! > confidence[order[place - 1]!]!) smaller = place;
    const bin = sums[Math.floor((bins * smaller) / order.length)]!;
    bin.values.push(confidence[i]!);
    bin.right += predicted[i] === labels[i] ? 1 : 0;
  });
  return sums.map(({ values, right }) => ({
    from: values[0] ?? NaN,
    to: values.at(-1) ?? NaN,
    count: values.length,
    accuracy: values.length ? right / values.length : 0,
    confidence: values.length ? values.reduce((a, b) => a + b) / values.length : 0,
  }));
};
