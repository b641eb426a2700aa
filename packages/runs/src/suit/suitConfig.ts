import { labelledSamples, planStreams, type ExperimentConfig, type OpenKey } from '@understory/config';
import { BACKBONE, OBJECTIVE, readSpec, type Dataset, type Registry, type Spec } from '@understory/core';
import {
  defaultViews,
  isPhoto,
  suitedBatch,
  suitedEpochs,
  suitedSchedule,
  suitedStem,
  suitedViews,
  type Chosen,
} from '@understory/recipes/experiments';
import { stemsOf } from '../backbones/backboneChoice.ts';
import { machineMemory, STEP_SHARE, stepMemory } from './stepMemory.ts';

/** A key that a config left to its data, what it is, and why. */
export interface Choice {
  /** `batch`, `backbone.stem`. */
  readonly key: string;
  readonly value: unknown;
  readonly why: string;
}

/** A config with nothing left to its data, and what was chosen. */
export interface Suited {
  readonly config: ExperimentConfig;
  readonly choices: readonly Choice[];
}

/** What a config is suited to. */
export interface Ground {
  readonly registry: Registry;
  readonly open: readonly OpenKey[];
  readonly dataset: Dataset;
  /** Bytes of memory; the machine's where absent. */
  readonly memory?: number;
}

type Step = (config: ExperimentConfig, ground: Ground) => Suited;

const chosen = <T>(key: string, { value, why }: Chosen<T>): Choice => ({ key, value, why });

/** The first layers, where the backbone has a choice and the config says nothing of it. */
export const suitStem = (
  config: ExperimentConfig,
  { registry, dataset }: Pick<Ground, 'registry' | 'dataset'>,
): Suited => {
  const [name, options] = readSpec(config.backbone) ?? ['', {}];
  const plugin = registry.list(BACKBONE).find((p) => p.name === name);
  const choice = suitedStem(dataset.train.size);
  if (!plugin || Object.hasOwn(options, 'stem') || !stemsOf(plugin).includes(choice.value))
    return { config, choices: [] };
  const backbone: Spec = [name, { ...options, stem: choice.value }];
  return { config: { ...config, backbone }, choices: [chosen('backbone.stem', choice)] };
};

/** Labelled images that an epoch shows. */
const imagesOf = (config: ExperimentConfig, { dataset }: Ground): number =>
  labelledSamples(dataset.train, config).length;

const suitEpochs: Step = (config, ground) => {
  const choice = suitedEpochs(imagesOf(config, ground));
  return { config: { ...config, epochs: choice.value }, choices: [chosen('epochs', choice)] };
};

/** Views in which memory is counted, so that methods that are compared have one batch whatever they look at. */
const VIEWS = 2;

const suitBatch: Step = (config, ground) => {
  const { size } = ground.dataset.train;
  const { perView, fixed } = stepMemory(ground.registry, config.backbone, size);
  const bytes = Math.max(0, (ground.memory ?? machineMemory()) * STEP_SHARE - fixed);
  const parts = config.microBatches;
  const perImage = (VIEWS * perView) / parts;
  const choice = suitedBatch(imagesOf(config, ground), isPhoto(size), { bytes, perImage });
  const batch = Math.max(choice.value, parts);
  return { config: { ...config, batch }, choices: [chosen('batch', { ...choice, value: batch })] };
};

const suitViews: Step = (config, { registry, dataset }) => {
  const { inferenceCrop: crop } = config;
  // Views of photographs take parts as large as what is seen outside of training; those of small images keep their size.
  const choice = suitedViews(crop && isPhoto(crop) ? crop : dataset.train.size, config.epochs);
  const objectives = config.objectives.map((spec) => registry.make(OBJECTIVE, spec));
  const sets = { ...defaultViews(), default: choice.value };
  const [first, second] = planStreams(config, objectives, sets);
  const views = first.views.map((view) => [...view]);
  const own = first.views.every((view) => choice.value.includes(view));
  const why = own ? choice.why : 'those that the objectives were made for';
  const suited: Suited = { config: { ...config, views }, choices: [chosen('views', { value: views, why })] };
  const { unlabelled } = config;
  if (!unlabelled || unlabelled.views || !second) return suited;
  const others = second.views.map((view) => [...view]);
  return {
    config: { ...suited.config, unlabelled: { ...unlabelled, views: others } },
    choices: [...suited.choices, chosen('unlabelled.views', { value: others, why })],
  };
};

const suitSchedule: Step = (config, { dataset }) => {
  const { epochs, batch, accumulate, schedule } = config;
  const photos = isPhoto(dataset.train.size);
  const given = readSpec(schedule)?.[1] ?? {};
  const choice = suitedSchedule({ epochs, batch: batch * accumulate, photos, given });
  return { config: { ...config, schedule: choice.value }, choices: [chosen('schedule', choice)] };
};

const STEPS: Readonly<Record<OpenKey, Step>> = {
  epochs: suitEpochs,
  batch: suitBatch,
  views: suitViews,
  schedule: suitSchedule,
};

/** Settles what a config leaves to its data: the stem first, then its open keys, each by those before it. */
export const suitConfig = (config: ExperimentConfig, ground: Ground): Suited => {
  const steps = [suitStem, ...ground.open.map((key) => STEPS[key])];
  return steps.reduce<Suited>(
    (before, step) => {
      const after = step(before.config, ground);
      return { config: after.config, choices: [...before.choices, ...after.choices] };
    },
    { config, choices: [] },
  );
};
