import { PREDICTION_LOSS, PROTOTYPE_LOSS, QUEUE_LOSS, plugin } from '@understory/core';
import { byol, PredictionOptions, simSiam } from '../byol.ts';
import { mocoInfoNce, MocoOptions } from '../moco.ts';
import { swav, SwavOptions } from '../swav.ts';
import { schemaOf } from './schemaOf.ts';

export const mocoPlugin = plugin({
  token: QUEUE_LOSS,
  name: 'moco',
  summary: 'InfoNCE of each query with its key, among the keys of earlier batches',
  when: 'The batch is small: a queue holds the negatives. It belongs to momentum-contrast.',
  source: 'He et al. 2020 (MoCo), eq. 1; temperature 0.2 in Chen et al. 2020 (MoCo v2)',
  options: schemaOf(MocoOptions),
  create: mocoInfoNce,
});

export const byolPlugin = plugin({
  token: PREDICTION_LOSS,
  name: 'byol',
  summary: "Squared distance of each view's prediction from the other view's target",
  when: 'You have no negatives. It belongs to bootstrap-latents.',
  source: 'Grill et al. 2020 (BYOL), eq. 2',
  options: schemaOf(PredictionOptions),
  create: () => byol,
});

export const simSiamPlugin = plugin({
  token: PREDICTION_LOSS,
  name: 'simsiam',
  summary: "Negative cosine of each view's prediction and the other view's projection",
  when: 'As byol, in the units of SimSiam: from -1 to 1.',
  source: 'Chen and He 2021 (SimSiam), eq. 2',
  options: schemaOf(PredictionOptions),
  create: () => simSiam,
});

export const swavPlugin = plugin({
  token: PROTOTYPE_LOSS,
  name: 'swav',
  summary: "Each view predicts to which prototypes the other view's embedding belongs",
  when: 'You have no labels, and look for clusters. It belongs to swapped-prediction.',
  source: 'Caron et al. 2020 (SwAV), eq. 1 and 2',
  options: schemaOf(SwavOptions),
  create: swav,
});

/** Losses that need more than embeddings of a batch: a queue, a predictor, prototypes. */
export const selfSupervisedLossPlugins = [mocoPlugin, byolPlugin, simSiamPlugin, swavPlugin] as const;
