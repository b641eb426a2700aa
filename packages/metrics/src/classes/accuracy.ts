import { METRIC, plugin, type Metric } from '@understory/core';
import { z } from 'zod';
import { classPredictions, OF_CLASSES, rankOf, samplesOf } from '../samples.ts';

export const AccuracyOptions = z.strictObject({
  top: z
    .array(z.int().positive())
    .min(1)
    .default([1])
    .describe('ranks k: the class is among the k likeliest'),
});
export type AccuracyOptions = z.input<typeof AccuracyOptions>;

/**
 * Share of samples whose class is among the k likeliest: `accuracy` for k = 1, `top5` for k = 5; a fraction, NaN of no
 * samples. A sample with a logit that is no number counts as wrong.
 */
export const accuracy = (options: AccuracyOptions = {}): Metric => {
  const { top } = AccuracyOptions.parse(options);
  return {
    name: 'accuracy',
    goal: 'max',
    ...OF_CLASSES,
    begin() {
      const found = top.map(() => 0);
      let all = 0;
      return {
        add(batch) {
          for (const rank of samplesOf(classPredictions(batch)).map(rankOf)) {
            top.forEach((k, i) => (found[i]! += rank < k ? 1 : 0));
            all += 1;
          }
        },
        end: () => Object.fromEntries(top.map((k, i) => [k === 1 ? 'accuracy' : `top${k}`, found[i]! / all])),
      };
    },
  };
};

export const accuracyPlugin = plugin({
  token: METRIC,
  name: 'accuracy',
  summary: 'Share of samples whose class is among the k likeliest',
  when: 'You classify; its first number chooses the best epoch.',
  source: 'share of images whose class is among the k likeliest',
  options: AccuracyOptions,
  create: accuracy,
});
