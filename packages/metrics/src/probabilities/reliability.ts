import {
  logSumExp,
  namedClass,
  reliabilityBins,
  type Predicted,
  type Predictions,
  type ReliabilityBin,
} from '@understory/core';
import { samplesOf } from '../samples.ts';

/**
 * Samples by the confidence of their predicted class in `bins` bins of equal width, each without its lower edge (Guo et
 * al. 2017, §2), of logits divided by a temperature. Fractions. Confidences that are no numbers make the first bin's mean one too.
 */
export const reliability = (predictions: Predictions, bins = 15, temperature = 1): ReliabilityBin[] =>
  reliabilityBins(confidences(predictions, temperature), bins);

/**
 * The class that each sample is said to be of, and the probability that it is given where logits are divided by a temperature:
 * the class does not depend on it.
 */
export const confidences = (predictions: Predictions, temperature = 1): Predicted => {
  const samples = samplesOf(predictions);
  const best = Int32Array.from(samples, ({ logits }) => namedClass(logits));
  const confidence = Float64Array.from(samples, ({ logits }, i) => {
    const cooled = temperature === 1 ? logits : Float64Array.from(logits, (logit) => logit / temperature);
    return Math.exp((cooled[best[i]!] ?? NaN) - logSumExp(cooled));
  });
  return { labels: predictions.labels, predicted: best, confidence };
};
