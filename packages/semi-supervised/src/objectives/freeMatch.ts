import { OBJECTIVE, plugin, type Objective } from '@understory/core';
import { weight } from '@understory/core/zod';
import { z } from 'zod';
import {
  classThresholds,
  fairnessLoss,
  firstSeenClasses,
  rowsAboveThreshold,
  seenClasses,
  type SeenClasses,
} from '../losses/freeMatch.ts';
import { momentum, unlabelled } from './settings.ts';
import { strongViews, type Weighting } from './weightedPseudoLabels.ts';

const NAME = 'freematch';

export const FreeMatchOptions = z.strictObject({
  unlabelled,
  weight: weight(1, 'the loss of the unlabelled images'),
  fairness: weight(0.001, 'the fairness term, .001 in the authors’ CIFAR runs'),
  momentum,
  range: z
    .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
    .refine(([low, high]) => low <= high, 'expected the lower bound first')
    .default([0, 1])
    .describe('bounds of the threshold, 0 to 1 each; [0, 0.95] in the authors’ SVHN runs'),
});
export type FreeMatchOptions = z.input<typeof FreeMatchOptions>;

const weightingOf = ({
  fairness,
  ...options
}: z.output<typeof FreeMatchOptions>): Weighting<SeenClasses> => ({
  begin: firstSeenClasses,
  believe(weak, before) {
    const seen = seenClasses(before, weak, options);
    return { weights: rowsAboveThreshold(weak, classThresholds(seen)), seen };
  },
  more: (learner, { weights, seen }) => ({
    fairness: { value: fairnessLoss(learner, weights, seen), weight: fairness },
    threshold: { value: seen.threshold, weight: 0 },
  }),
});

/**
 * FreeMatch (Wang et al. 2023): as FixMatch, with a threshold that follows how sure the network is, lower for classes that
 * it sees less often, and a term that keeps classes from being forgotten. `crossEntropy` on the labelled stream belongs
 * beside it. Terms: `unlabelled`; `fairness`, about −17 where many classes are absent from a batch; `confident`, the share
 * of sure images, and `threshold`, which are only told.
 */
export const freeMatch = (options: FreeMatchOptions = {}): Objective => {
  const settings = FreeMatchOptions.parse(options);
  return strongViews({ ...settings, name: NAME, weighting: weightingOf(settings) });
};

export const freeMatchPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'FixMatch with a threshold for each class that follows the network',
  when: 'Few labels, where a fixed threshold would use hardly any unlabelled image at first.',
  source: 'Wang et al., ICLR 2023 (FreeMatch)',
  options: FreeMatchOptions,
  create: freeMatch,
});
