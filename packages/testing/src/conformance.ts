import type { AnyPlugin } from '@understory/core';
import { makeOf, type Check, type ChecksOfKind, type ConformanceOptions } from './check.ts';
import { augmentationChecks, mixingChecks } from './kinds/augmentation.ts';
import { datasetChecks, samplerChecks } from './kinds/data.ts';
import {
  classificationLossChecks,
  contrastiveLossChecks,
  predictionLossChecks,
  prototypeLossChecks,
  queueLossChecks,
} from './kinds/losses.ts';
import { metricChecks } from './kinds/metric.ts';
import { backboneChecks, headChecks } from './kinds/network.ts';
import { objectiveChecks } from './kinds/objective.ts';
import { optimizerChecks, scheduleChecks } from './kinds/optimization.ts';
import { taskChecks } from './kinds/task.ts';
import { checksOfPlugin } from './plugin.ts';

/** By a token's key, which says what the plugin makes: so each is given what it is for. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a table of functions of different types, found by their key
const KINDS: Readonly<Record<string, ChecksOfKind<any>>> = {
  loss: contrastiveLossChecks,
  'classification-loss': classificationLossChecks,
  'queue-loss': queueLossChecks,
  'prediction-loss': predictionLossChecks,
  'prototype-loss': prototypeLossChecks,
  augmentation: augmentationChecks,
  mixing: mixingChecks,
  backbone: backboneChecks,
  head: headChecks,
  objective: objectiveChecks,
  metric: metricChecks,
  dataset: datasetChecks,
  sampler: samplerChecks,
  optimizer: optimizerChecks,
  schedule: scheduleChecks,
  task: taskChecks,
};

/** Kinds that have checks of their own, by their tokens' keys; plugins of any other kind are checked as plugins alone. */
export const checkedKinds: readonly string[] = Object.keys(KINDS);

/**
 * What a plugin has to keep to, as a list of checks for any test runner: `for (const { name, run } of conformance(p)) it(name, run)`.
 * Each check makes the thing anew, and rejects with `not-conforming` and a cure, or with what the plugin itself throws.
 */
export const conformance = (plugin: AnyPlugin, options: ConformanceOptions = {}): readonly Check[] => [
  ...checksOfPlugin(plugin, options),
  ...(KINDS[plugin.token.key]?.(() => makeOf(plugin, options), options) ?? []),
];
