import { OBJECTIVE, plugin, type Objective } from '@understory/core';
import { weight } from '@understory/core/zod';
import { z } from 'zod';
import { firstSeenConfidence, softWeights, type SeenConfidence } from '../losses/softMatch.ts';
import { momentum, unlabelled } from './settings.ts';
import { strongViews, type Weighting } from './weightedPseudoLabels.ts';

const NAME = 'softmatch';

export const SoftMatchOptions = z.strictObject({
  unlabelled,
  weight: weight(1, 'the loss of the unlabelled images'),
  momentum,
  sharpness: z
    .number()
    .positive()
    .default(2)
    .describe(
      'n: below the mean confidence the weight falls as a bell of deviation σ / n, no unit; 2 in the released code',
    ),
  align: z
    .boolean()
    .default(true)
    .describe('divide probabilities by how common their class was, before their largest is looked at'),
});
export type SoftMatchOptions = z.input<typeof SoftMatchOptions>;

const weightingOf = (options: z.output<typeof SoftMatchOptions>): Weighting<SeenConfidence> => ({
  begin: firstSeenConfidence,
  believe: (weak, before) => softWeights(weak, before, options),
});

/**
 * SoftMatch (Chen et al. 2023): as FixMatch, but every unlabelled image counts: fully from the mean confidence upwards, less
 * below by a bell that follows its spread. `crossEntropy` on the labelled stream belongs beside it. Terms: `unlabelled`;
 * `confident`, the mean weight, which is only told.
 */
export const softMatch = (options: SoftMatchOptions = {}): Objective => {
  const settings = SoftMatchOptions.parse(options);
  // One image has no variance.
  return strongViews({ ...settings, name: NAME, batch: 2, weighting: weightingOf(settings) });
};

export const softMatchPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'FixMatch that weighs every unlabelled image by its confidence',
  when: 'Few labels; no image is left out, and unsure ones count little.',
  source: 'Chen et al., ICLR 2023 (SoftMatch)',
  options: SoftMatchOptions,
  create: softMatch,
});
