import {
  findStream,
  OBJECTIVE,
  plugin,
  untracked,
  type BuildContext,
  type BuiltObjective,
  type Objective,
  classLogits,
  requireClasses,
} from '@understory/core';
import { weight } from '@understory/core/zod';
import { mean, type Scalar } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { confidentRows, pseudoLabelLoss } from '../losses/pseudoLabel.ts';
import { ramped, rampEpochs, threshold, unlabelled } from './settings.ts';

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

interface Method extends z.output<typeof PseudoLabelSettings> {
  readonly name: string;
  /** View that is learned from what view 0 says. */
  readonly learner: number;
}

const build = (context: BuildContext, method: Method): BuiltObjective => {
  const { name, learner, unlabelled: stream } = method;
  const { streams } = context;
  requireClasses(name, context, { logits: true });
  findStream(name, streams, { stream, views: learner + 1 });
  const loss = pseudoLabelLoss(method);
  return {
    modules: {},
    terms(step) {
      const logits = classLogits(step);
      const labeller = step.rows(logits, { stream, view: 0 });
      const value = loss(labeller, step.rows(logits, { stream, view: learner }));
      const [sure] = untracked((): [Scalar] => [mean(confidentRows(labeller, method.threshold))]);
      const weight = ramped(method.weight, method.rampEpochs, step.epoch);
      return { terms: { unlabelled: { value, weight }, confident: { value: sure, weight: 0 } } };
    },
  };
};

/**
 * Pseudo-labels (Lee 2013, with a threshold): unlabelled images learn the class that the network itself is sure of, on
 * the same weakly augmented view; the weight rises over `rampEpochs`. `crossEntropy` on the labelled stream belongs beside
 * it. Terms: `unlabelled`; `confident`, the share of sure images, which is only told.
 */
export const pseudoLabel = (options: PseudoLabelSettings = {}): Objective => {
  const method = { ...PseudoLabelSettings.parse(options), name: PSEUDO_LABEL, learner: 0 };
  return { name: PSEUDO_LABEL, build: (context) => build(context, method) };
};

/**
 * FixMatch (Sohn et al. 2020): the strongly augmented second view of an unlabelled image learns the class that the weak
 * first view is sure of. `crossEntropy` on the labelled stream belongs beside it. Terms: `unlabelled`; `confident`, the
 * share of sure images, which is only told.
 */
export const fixMatch = (options: FixMatchOptions = {}): Objective => {
  const method = { ...FixMatchOptions.parse(options), name: FIXMATCH, learner: 1, rampEpochs: 0 };
  const views = { views: 2, viewSet: 'fixmatch', viewStreams: [method.unlabelled] };
  return { name: FIXMATCH, ...views, build: (context) => build(context, method) };
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
