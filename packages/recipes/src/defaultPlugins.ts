import { augmentationPlugins, mixingPlugins } from '@understory/augmentations';
import { backbonePlugins } from '@understory/backbones';
import type { AnyPlugin } from '@understory/core';
import { datasetPlugins, samplerPlugins } from '@understory/datasets';
import { detectionPlugins } from '@understory/detection';
import { distillationPlugins } from '@understory/distillation';
import { emojiPlugin } from '@understory/emoji';
import { evaluatorPlugins } from '@understory/evaluators';
import {
  classificationLossPlugins,
  lossPlugins,
  selfSupervisedLossPlugins,
} from '@understory/losses/plugins';
import { exportFormatPlugins } from '@understory/interop/node';
import { metricPlugins } from '@understory/metrics';
import { optimizerPlugins, schedulePlugins } from '@understory/optimizers';
import { semiSupervisedPlugins } from '@understory/semi-supervised';
import { supervisionPlugins } from '@understory/supervision';
import { taskPlugins } from '@understory/tasks';
import { reporterPlugins } from '@understory/tracking/node';

/** Everything that Understory itself brings, for `createRegistry`. */
export const defaultPlugins: readonly AnyPlugin[] = [
  ...taskPlugins,
  ...detectionPlugins,
  emojiPlugin,
  ...datasetPlugins,
  ...samplerPlugins,
  ...augmentationPlugins,
  ...mixingPlugins,
  ...backbonePlugins,
  ...supervisionPlugins,
  ...distillationPlugins,
  ...semiSupervisedPlugins,
  ...lossPlugins,
  ...classificationLossPlugins,
  ...selfSupervisedLossPlugins,
  ...optimizerPlugins,
  ...schedulePlugins,
  ...metricPlugins,
  ...evaluatorPlugins,
  ...reporterPlugins,
  ...exportFormatPlugins,
];
