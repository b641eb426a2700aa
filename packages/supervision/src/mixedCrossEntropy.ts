import {
  CLASSIFICATION_LOSS,
  classLabels,
  classLogits,
  crossEntropyOf,
  findStream,
  forward,
  MIXING,
  mixedLoss,
  OBJECTIVE,
  plugin,
  requireClasses,
  withClassWeights,
  type BuildContext,
  type BuiltObjective,
  type ClassificationLoss,
  type Mixing,
  type Objective,
} from '@understory/core';
import { classWeights, spec, streamName, weight } from '@understory/core/zod';
import { z } from 'zod';
import { requireWeighted } from './requireWeighted.ts';

const NAME = 'mixed-cross-entropy';

const Settings = z.strictObject({
  weight: weight(1),
  classWeights,
  view: z.int().min(0).default(0).describe('view whose images are mixed, counted from 0'),
  stream: streamName('labelled'),
});
export const MixedCrossEntropyOptions = Settings.extend({
  mixing: spec.default('mixup').describe('how images and labels are mixed'),
  loss: spec.optional().describe('another loss of logits and labels'),
});
export type MixedCrossEntropyOptions = z.input<typeof Settings> & {
  readonly mixing: Mixing;
  readonly loss?: ClassificationLoss | undefined;
};

const build = (
  context: BuildContext,
  { mixing, loss = crossEntropyOf() }: MixedCrossEntropyOptions,
  settings: z.output<typeof Settings>,
): BuiltObjective => {
  const { backbone, size, streams } = context;
  const { view } = settings;
  const lossOf = withClassWeights(NAME, settings.classWeights, context, loss);
  // An image alone has no partner.
  const needs = { stream: settings.stream, views: view + 1, batch: 2, labelled: true };
  const { name: stream } = findStream(NAME, streams, needs);
  requireClasses(NAME, context, { labels: true, logits: true });
  mixing.check?.(size);
  return {
    modules: {},
    feed: ({ positions, seed }) => mixing.sample(seed.at(NAME).rng(), positions[stream]?.length ?? 0, size),
    terms(step) {
      const mixed = mixing.apply(step.rows(step.images, { stream, view }), step.fed);
      // Running averages follow the images as they are, which is how the network is used.
      const logits = classLogits(forward({ backbone }, mixed, { ...step.call, keepStatistics: true }));
      const value = mixedLoss((labels) => lossOf(logits, labels), classLabels(step, stream), step.fed);
      return { terms: { ce: { value, weight: settings.weight } } };
    },
  };
};

/**
 * The task on mixed images (Mixup, CutMix): a forward pass of its own over one view's images, mixed in pairs, whose loss
 * is shared out between both labels. Mixed images have no one class, so contrastive objectives beside it see the views as
 * they are: that is why mixing is an objective and not a part of a view. Use it in place of `crossEntropy`. Term: `ce`.
 */
export const mixedCrossEntropy = ({ mixing, loss, ...options }: MixedCrossEntropyOptions): Objective => {
  const settings = Settings.parse(options);
  if (loss) requireWeighted(NAME, loss, settings.classWeights);
  return {
    name: NAME,
    views: settings.view + 1,
    build: (context) => build(context, { mixing, loss }, settings),
  };
};

export const mixedCrossEntropyPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'The task on images that are mixed in pairs, by Mixup or CutMix',
  when: 'You classify, in place of cross-entropy, with few images or many epochs. Contrastive objectives beside it see unmixed images.',
  source: 'Zhang et al., ICLR 2018 (Mixup), and Yun et al., ICCV 2019 (CutMix)',
  options: MixedCrossEntropyOptions,
  uses: { mixing: MIXING, loss: CLASSIFICATION_LOSS },
  create: mixedCrossEntropy,
});
