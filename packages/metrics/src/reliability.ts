import type { Predictions } from '@understory/core';
import { logSumExp, predicted, samplesOf, type Sample } from './samples.ts';

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

/** Probability of the likeliest class, and whether that is right. */
const saidOf = ({ logits, label }: Sample): { confidence: number; right: number } => {
  const best = predicted(logits);
  return { confidence: Math.exp((logits[best] ?? NaN) - logSumExp(logits)), right: Number(best === label) };
};

/**
 * Samples by the confidence of their predicted class in `bins` bins of equal width, each without its lower edge (Guo et
 * al. 2017, §2). Fractions. Confidences that are no numbers make the first bin's mean one too.
 */
export const reliability = (predictions: Predictions, bins = 15): ReliabilityBin[] => {
  const said = samplesOf(predictions).map(saidOf);
  const binOf = (confidence: number): number =>
    Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1)) || 0;
  return Array.from({ length: bins }, (_, b) => {
    const here = said.filter((s) => binOf(s.confidence) === b);
    const mean = (of: (s: (typeof said)[number]) => number): number =>
      here.length === 0 ? 0 : here.reduce((sum, s) => sum + of(s), 0) / here.length;
    return {
      from: b / bins,
      to: (b + 1) / bins,
      count: here.length,
      accuracy: mean((s) => s.right),
      confidence: mean((s) => s.confidence),
    };
  });
};
