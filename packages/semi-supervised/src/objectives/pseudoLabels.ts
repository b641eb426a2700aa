import { OBJECTIVE, plugin, type Named, type Objective } from '@understory/core';
import { weight } from '@understory/core/zod';
import { cast, greaterEqual, max, type Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { rampEpochs, threshold, unlabelled } from './settings.ts';
import { buildPseudoLabels, strongViews, type Weighting } from './weightedPseudoLabels.ts';

const PSEUDO_LABEL = 'pseudo-label';
const FIXMATCH = 'fixmatch';

export const PseudoLabelSettings = z.strictObject({
  unlabelled,
  weight: weight(1, 'the loss of the unlabelled images'),
  threshold,
  rampEpochs,
});
export type PseudoLabelSettings = z.input<typeof PseudoLabelSettings>;
export const FixMatchOptions = PseudoLabelSettings.omit({ rampEpochs: true });
export type FixMatchOptions = z.input<typeof FixMatchOptions>;

/** Rows count whose largest probability reaches one threshold that stays. */
const fixed = (least: number): Weighting<Named<Tensor>> => ({
  begin: () => ({}),
  believe: (weak) => ({ weights: cast(greaterEqual(max(weak, 1), least), 'float32'), seen: {} }),
});

/**
 * Pseudo-labels (Lee 2013, with a threshold): unlabelled images learn the class that the network itself is sure of, on
 * the same weakly augmented view; the weight rises over `rampEpochs`. `crossEntropy` on the labelled stream belongs beside
 * it. Terms: `unlabelled`; `confident`, the share of sure images, which is only told.
 */
export const pseudoLabel = (options: PseudoLabelSettings = {}): Objective => {
  const settings = PseudoLabelSettings.parse(options);
  const method = { ...settings, name: PSEUDO_LABEL, learner: 0, weighting: fixed(settings.threshold) };
  return { name: PSEUDO_LABEL, build: (context) => buildPseudoLabels(context, method) };
};

/**
 * FixMatch (Sohn et al. 2020): the strongly augmented second view of an unlabelled image learns the class that the weak
 * first view is sure of. `crossEntropy` on the labelled stream belongs beside it. Terms: `unlabelled`; `confident`, the
 * share of sure images, which is only told.
 */
export const fixMatch = (options: FixMatchOptions = {}): Objective => {
  const settings = FixMatchOptions.parse(options);
  return strongViews({ ...settings, name: FIXMATCH, weighting: fixed(settings.threshold) });
};

export const pseudoLabelPlugin = plugin({
  token: OBJECTIVE,
  name: PSEUDO_LABEL,
  summary: 'Unlabelled images learn the class that the network is sure of',
  when: 'To compare with the simplest use of unlabelled images: one view of each.',
  source: "Lee 2013, with FixMatch's threshold",
  options: PseudoLabelSettings,
  create: pseudoLabel,
});

export const fixMatchPlugin = plugin({
  token: OBJECTIVE,
  name: FIXMATCH,
  summary: 'Strong views of unlabelled images learn what weak views are sure of',
  when: 'Unlabelled images that keep their class under strong augmentation.',
  source: 'Sohn et al., NeurIPS 2020',
  options: FixMatchOptions,
  create: fixMatch,
});
