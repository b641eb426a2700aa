import {
  BACKBONE,
  OBJECTIVE,
  evaluatedWeights,
  networkVariables,
  readCheckpoint,
  restore,
  seedOf,
  UnderstoryError,
  type Backbone,
  type BuiltObjective,
  type Network,
  type Registry,
  type Runner,
  type Stream,
} from '@understory/core';
import { readRun, type RunInfo } from './runInfo.ts';

/** Builds a run's backbone as it was, with fresh weights. */
export const backboneOf = (registry: Registry, { config, dataset }: RunInfo): Backbone =>
  registry.make(
    BACKBONE,
    config.backbone,
  )({
    classes: dataset.classes.length,
    size: dataset.size,
    seed: seedOf(config.seed).at('weights', 'backbone'),
  });

const modulesOf = async (
  registry: Registry,
  { config, dataset }: RunInfo,
  backbone: Backbone,
): Promise<Network['modules']> => {
  const objectives = config.objectives.map((spec) => registry.make(OBJECTIVE, spec));
  const views = Math.max(1, ...objectives.map((o) => o.views ?? 1));
  const streams: Stream[] = [{ name: 'train', batch: config.batch, views, labelled: true }];
  const modules: Record<string, BuiltObjective['modules'][string]> = {};
  for (const objective of objectives) {
    const built = await objective.build({
      backbone,
      size: dataset.size,
      streams,
      trainLabels: new Int32Array(),
      seed: seedOf(config.seed),
      teacher: () => Promise.reject(new UnderstoryError('teacher', "A teacher's own teacher is not loaded.")),
    });
    for (const [name, model] of Object.entries(built.modules)) modules[`${objective.name}/${name}`] = model;
  }
  return modules;
};

export interface LoadOptions {
  readonly checkpoint: 'best' | 'last';
  /** Also builds the heads that were trained beside the backbone: a teacher may need them. */
  readonly heads?: boolean;
}

/** A trained network from a run's folder. */
export const loadNetwork = async (
  registry: Registry,
  runner: Runner,
  folder: string,
  { checkpoint, heads = false }: LoadOptions,
): Promise<{ readonly network: Network; readonly info: RunInfo }> => {
  const { run, info } = await readRun(folder);
  const bytes = await run.checkpoints.load(checkpoint);
  if (!bytes) {
    throw new UnderstoryError(
      'checkpoint',
      `${folder} has no checkpoint "${checkpoint}" yet. Train it first: understory train … --resume.`,
    );
  }
  const backbone = backboneOf(registry, info);
  const network: Network = { backbone, modules: heads ? await modulesOf(registry, info, backbone) : {} };
  const weights = evaluatedWeights(readCheckpoint(bytes, `${folder}, ${checkpoint}`));
  await restore(runner, networkVariables(network), weights);
  return { network, info };
};
