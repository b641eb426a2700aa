import { logSumExp, METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { classPredictions, OF_CLASSES, samplesOf } from '../samples.ts';

export const NegativeLogLikelihoodOptions = z.strictObject({});
export type NegativeLogLikelihoodOptions = z.input<typeof NegativeLogLikelihoodOptions>;

/** Mean of −log p(class), `nll` in nats: the cross-entropy of a whole split, in float64; NaN of no samples. */
export const negativeLogLikelihood = (options: NegativeLogLikelihoodOptions = {}): Metric => {
  NegativeLogLikelihoodOptions.parse(options);
  return {
    name: 'nll',
    goal: 'min',
    units: { nll: 'nats' },
    ...OF_CLASSES,
    begin() {
      let [cost, all] = [0, 0];
      return {
        add(batch) {
          for (const { logits, label } of samplesOf(classPredictions(batch))) {
            cost += logSumExp(logits) - logits[label]!;
            all += 1;
          }
        },
        end: () => ({ nll: cost / all }),
      };
    },
  };
};

export const nllPlugin = plugin({
  token: METRIC,
  name: 'nll',
  summary: 'Mean negative log-likelihood of the class',
  when: 'You compare probabilities as a whole.',
  source: 'mean negative log-likelihood',
  options: NegativeLogLikelihoodOptions,
  create: negativeLogLikelihood,
});
