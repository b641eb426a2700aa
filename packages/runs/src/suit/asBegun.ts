import type { ExperimentConfig, OpenKey } from '@understory/config';
import { readSpec, type Spec } from '@understory/core';

/** A backbone with the stem that a run's has, where it names the same one and no stem. */
const stemOf = (backbone: Spec, before: Spec): Spec => {
  const [name, options] = readSpec(backbone) ?? ['', {}];
  const [had, { stem }] = readSpec(before) ?? ['', {}];
  return name !== had || stem === undefined || Object.hasOwn(options, 'stem')
    ? backbone
    : [name, { ...options, stem }];
};

/** A run's schedule, with the options that the config names all the same. */
const scheduleOf = (schedule: Spec, before: Spec): Spec => {
  const given = readSpec(schedule)?.[1] ?? {};
  const [name, options] = readSpec(before) ?? ['', {}];
  return Object.keys(given).length === 0 ? before : [name, { ...options, ...given }];
};

const viewsOf = (config: ExperimentConfig, before: ExperimentConfig): Partial<ExperimentConfig> => {
  const { unlabelled } = config;
  const own = unlabelled?.views ?? before.unlabelled?.views;
  return {
    ...(before.views && { views: before.views }),
    ...(unlabelled && own && { unlabelled: { ...unlabelled, views: own } }),
  };
};

/** A config whose open keys are as the run has them that it goes on with. */
export const asBegun = (
  config: ExperimentConfig,
  open: readonly OpenKey[],
  before: ExperimentConfig,
): ExperimentConfig => ({
  ...config,
  backbone: stemOf(config.backbone, before.backbone),
  ...(open.includes('epochs') && { epochs: before.epochs }),
  ...(open.includes('batch') && { batch: before.batch }),
  ...(open.includes('views') && viewsOf(config, before)),
  ...(open.includes('schedule') && { schedule: scheduleOf(config.schedule, before.schedule) }),
});
