import { HEAD, OBJECTIVE, plugin, PREDICTION_LOSS, type Objective } from '@understory/core';
import { spec, weight } from '@understory/core/zod';
import { z } from 'zod';
import { momentumSettings, predictionObjective, risingShare, type PredictionParts } from './predict.ts';
import { projectionSettings } from './projections.ts';

const BYOL = 'bootstrap-latents';
const SIMSIAM = 'simple-siamese';

const Settings = z.strictObject({
  weight: weight(1, 'each term'),
  ...projectionSettings,
});
const BootstrapSettings = Settings.extend(momentumSettings);
const parts = (
  loss: string,
  head: readonly number[],
  predictor: readonly number[],
  norm: 'hidden' | 'all',
) => ({
  loss: spec.default(loss).describe('loss of predictions and targets'),
  head: spec.default(['projector', { widths: head, norm }]).describe('projection head'),
  predictor: spec
    .default(['projector', { widths: predictor }])
    .describe('head from embeddings to predictions, as wide as the embedding'),
});
export const BootstrapLatentsOptions = BootstrapSettings.extend(
  parts('byol', [4096, 256], [4096, 256], 'hidden'),
);
export const SimpleSiameseOptions = Settings.extend(parts('simsiam', [2048, 2048, 2048], [512, 2048], 'all'));

export type BootstrapLatentsOptions = z.input<typeof BootstrapSettings> & PredictionParts;
export type SimpleSiameseOptions = z.input<typeof Settings> & PredictionParts;

/**
 * BYOL (Grill et al. 2020): a predictor makes of each view's embedding what a moving average of backbone and head makes of
 * the other view. No labels, no negatives. Terms: `final`, and one a tap by its name.
 */
export const bootstrapLatents = ({
  loss,
  head,
  predictor,
  ...options
}: BootstrapLatentsOptions): Objective => {
  const { momentum, momentumEpochs, weight: each, ...settings } = BootstrapSettings.parse(options);
  const stays = risingShare(momentum, momentumEpochs);
  return predictionObjective({ name: BYOL, loss, head, predictor, ...settings, weightOf: () => each, stays });
};

/**
 * SimSiam (Chen & He 2021): as BYOL, with the network itself as target, through which no gradient flows. No labels, no
 * negatives, no second network. Terms: `final`, and one a tap by its name.
 */
export const simpleSiamese = ({ loss, head, predictor, ...options }: SimpleSiameseOptions): Objective => {
  const { weight: each, ...settings } = Settings.parse(options);
  return predictionObjective({ name: SIMSIAM, loss, head, predictor, ...settings, weightOf: () => each });
};

export const bootstrapLatentsPlugin = plugin({
  token: OBJECTIVE,
  name: BYOL,
  summary: 'BYOL: predicts what an average of the network makes of the other view',
  when: 'You have no labels, and do not want images of a batch to be pushed apart.',
  source: 'Grill et al., NeurIPS 2020 (BYOL)',
  options: BootstrapLatentsOptions,
  uses: { loss: PREDICTION_LOSS, head: HEAD, predictor: HEAD },
  create: bootstrapLatents,
});

export const simpleSiamesePlugin = plugin({
  token: OBJECTIVE,
  name: SIMSIAM,
  summary: 'SimSiam: predicts what the network itself makes of the other view',
  when: 'As bootstrap-latents, at less cost: there is no second network.',
  source: 'Chen and He, CVPR 2021 (SimSiam)',
  options: SimpleSiameseOptions,
  uses: { loss: PREDICTION_LOSS, head: HEAD, predictor: HEAD },
  create: simpleSiamese,
});
