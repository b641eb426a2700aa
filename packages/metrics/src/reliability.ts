import {
  logSumExp,
  namedClass,
  reliabilityBins,
  type Predictions,
  type ReliabilityBin,
} from '@understory/core';
import { samplesOf } from './samples.ts';

/**
 * Samples by the confidence of their predicted class in `bins` bins of equal width, each without its lower edge (Guo et
 * al. 2017, §2). Fractions. Confidences that are no numbers make the first bin's mean one too.
 */
export const reliability = (predictions: Predictions, bins = 15): ReliabilityBin[] => {
  const samples = samplesOf(predictions);
  const best = Int32Array.from(samples, ({ logits }) => namedClass(logits));
  const confidence = Float64Array.from(samples, ({ logits }, i) =>
    Math.exp((logits[best[i]!] ?? NaN) - logSumExp(logits)),
  );
  return reliabilityBins({ labels: predictions.labels, predicted: best, confidence }, bins);
};
