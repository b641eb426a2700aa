import {
  HEAD,
  OBJECTIVE,
  plugin,
  PREDICTION_LOSS,
  type BuildContext,
  type Objective,
} from '@understory/core';
import { spec, streamName } from '@understory/core/zod';
import { z } from 'zod';
import { checkFactors, chooseTaps, deepSettings } from '../taps.ts';
import { weightAt } from '../weightAt.ts';
import { momentumSettings, predictionObjective, risingShare, type PredictionParts } from './predict.ts';

const NAME = 'bootstrap-deep-supervision';

const Settings = z.strictObject({
  ...deepSettings(
    'multiplies each term, no unit; as that of contrastive-deep-supervision, and not tuned (ours)',
  ),
  includeFinal: z.boolean().default(true).describe('predict the pooled feature too'),
  ...momentumSettings,
  views: z
    .enum(['together', 'apart'])
    .default('together')
    .describe(
      "rows that batch norm of heads, predictors and target sees at once: both views', as in the one pass of the backbone, or each view's, as in the paper",
    ),
  stream: streamName(),
});
export const BootstrapDeepSupervisionOptions = Settings.extend({
  loss: spec.default('byol').describe('loss of predictions and targets'),
  head: spec.default('sepconv').describe('projection head on each tap'),
  predictor: spec
    .default(['expander', { out: 1 }])
    .describe('head from embeddings to predictions, as wide as the embedding'),
});
export type BootstrapDeepSupervisionOptions = z.input<typeof Settings> & PredictionParts;

const checkTerms = (
  { backbone }: BuildContext,
  { taps, perTap, includeFinal }: z.output<typeof Settings>,
): void => {
  const names = chooseTaps(NAME, backbone, taps).map(({ name }) => name);
  checkFactors(NAME, perTap, includeFinal ? [...names, 'final'] : names);
};

/**
 * BYOL on every tap (ours; after Grill et al. 2020): on each stage a projection head, whose embedding of a view predicts, by
 * a predictor of its own, what a moving average of backbone and heads makes of the other view. Gradients flow through all
 * stages. No labels, no negatives. Terms: one a tap by its name, and `final`; `<tap>/spread`, which is only told, falls
 * towards 0 where embeddings collapse.
 */
export const bootstrapDeepSupervision = ({
  loss,
  head,
  predictor,
  ...options
}: BootstrapDeepSupervisionOptions): Objective => {
  const settings = Settings.parse(options);
  const { momentum, momentumEpochs, weight, perTap, schedule, includeFinal, views, ...rest } = settings;
  const objective = predictionObjective({
    ...rest,
    name: NAME,
    loss,
    head,
    predictor,
    final: includeFinal,
    weightOf: (name, { epoch }) => weightAt(weight * (perTap[name] ?? 1), schedule, epoch),
    stays: risingShare(momentum, momentumEpochs),
    apart: views === 'apart',
    watch: true,
    embeds: true,
  });
  return {
    ...objective,
    build(context) {
      checkTerms(context, settings);
      return objective.build(context);
    },
  };
};

export const bootstrapDeepSupervisionPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'BYOL on every stage: each predicts what an average of it makes of the other view',
  when: 'You have labels for few images or none, and do not want images of a class to be pushed apart on any stage.',
  source:
    'ours; losses and targets of Grill et al., NeurIPS 2020 (BYOL), on heads of Zhang et al., ECCV 2022',
  options: BootstrapDeepSupervisionOptions,
  uses: { loss: PREDICTION_LOSS, head: HEAD, predictor: HEAD },
  create: bootstrapDeepSupervision,
});
