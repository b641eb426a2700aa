import { METRIC, plugin, type Metric, type Predictions } from '@understory/core';
import { z } from 'zod';
import { logitsOf } from './topClasses.ts';

export const CalibrationOptions = z.strictObject({
  bins: z.int().positive().default(15).describe('bins of equal width between confidence 0 and 1'),
});
export type CalibrationOptions = z.input<typeof CalibrationOptions>;

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  /** Confidences in (from, to]. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Means over the bin's samples; 0 where it has none. */
  readonly accuracy: number;
  readonly confidence: number;
}

/** Confidence of the predicted class, and whether it is right. */
const confidenceOf = (logits: Float32Array, label: number): { confidence: number; right: boolean } => {
  let best = 0;
  for (let c = 1; c < logits.length; c++) if (logits[c]! > logits[best]!) best = c;
  let sum = 0;
  for (const l of logits) sum += Math.exp(l - logits[best]!);
  return { confidence: 1 / sum, right: best === label };
};

/** Samples by confidence of their predicted class, for reliability diagrams (Guo et al. 2017, section 2). */
export const reliability = (predictions: Predictions, bins = 15): ReliabilityBin[] => {
  const [count, right, confidence] = [0, 1, 2].map(() => new Float64Array(bins)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  predictions.labels.forEach((label, i) => {
    const said = confidenceOf(logitsOf(predictions, i), label);
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(said.confidence * bins) - 1));
    count[bin]!++;
    right[bin]! += Number(said.right);
    confidence[bin]! += said.confidence;
  });
  const meanOf = (sums: Float64Array, b: number): number => (count[b]! > 0 ? sums[b]! / count[b]! : 0);
  return Array.from(count, (n, b) => ({
    from: b / bins,
    to: (b + 1) / bins,
    count: n,
    accuracy: meanOf(right, b),
    confidence: meanOf(confidence, b),
  }));
};

/** Expected calibration error `ece` (Guo et al. 2017, eq. 3), a fraction: mean gap of confidence and accuracy by bin. */
export const calibration = (options: CalibrationOptions = {}): Metric => {
  const { bins } = CalibrationOptions.parse(options);
  return {
    name: 'calibration',
    goal: 'min',
    evaluate(predictions) {
      const gap = ({ count, accuracy, confidence }: ReliabilityBin): number =>
        count * Math.abs(accuracy - confidence);
      const sum = reliability(predictions, bins).reduce((total, bin) => total + gap(bin), 0);
      return { ece: sum / predictions.labels.length };
    },
  };
};

export const calibrationPlugin = plugin({
  token: METRIC,
  name: 'calibration',
  summary: 'Expected calibration error',
  options: CalibrationOptions,
  create: calibration,
});
