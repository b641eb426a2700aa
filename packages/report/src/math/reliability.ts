import type { Outcomes } from './outcomes.ts';

/** Answers whose confidence lies in (from, to]. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Means over the bin; 0 where it is empty. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** Fifteen bins of equal width, as in Guo et al. 2017. */
export const BINS = 15;

/** Sorts answers by confidence into bins (b_{k−1}, b_k]. */
export const reliabilityBins = ({ labels, predicted, confidence }: Outcomes, bins = BINS): Bin[] => {
  const count = new Float64Array(bins);
  const sure = new Float64Array(bins);
  const right = new Float64Array(bins);
  confidence.forEach((c, i) => {
    const k = Math.min(bins - 1, Math.max(0, Math.ceil(c * bins) - 1)) || 0;
    count[k]! += 1;
    sure[k]! += c;
    right[k]! += predicted[i] === labels[i] ? 1 : 0;
  });
  return Array.from(count, (n, k) => ({
    from: k / bins,
    to: (k + 1) / bins,
    count: n,
    confidence: n ? sure[k]! / n : 0,
    accuracy: n ? right[k]! / n : 0,
  }));
};

/** Expected calibration error (Guo et al. 2017, eq. 3): Σ n_k/n · |accuracy_k − confidence_k|, a fraction. */
export const calibrationError = (bins: readonly Bin[]): number => {
  const n = bins.reduce((sum, b) => sum + b.count, 0);
  return bins.reduce((sum, b) => sum + (b.count / Math.max(1, n)) * Math.abs(b.accuracy - b.confidence), 0);
};
