import path from 'node:path';
import {
  BACKBONE,
  seedOf,
  UnderstoryError,
  type Backbone,
  type Experiment,
  type Network,
  type Registry,
  type Runner,
  type TeacherRequest,
  type WeightsSource,
} from '@understory/core';
import { backboneTensors, codeOf, namesFor, readWeights, toModel } from '@understory/interop';
import { loadNetwork, networkOf } from './loadNetwork.ts';
import type { BoxInfo, RunInfo } from './runInfo.ts';

/** A run's folder, or a checkpoint in it: `runs/wide`, `runs/wide/checkpoints/last.safetensors`. */
const placeOf = (run: string): { readonly folder: string; readonly checkpoint: 'best' | 'last' } => {
  const found = /^(best|last)\.safetensors$/.exec(path.basename(run));
  if (found) {
    const folder = path.dirname(path.dirname(path.resolve(run)));
    return { folder, checkpoint: found[1] as 'best' | 'last' };
  }
  if (!/\.(safetensors|pth?|bin)$/.test(run)) return { folder: run, checkpoint: 'best' };
  const cure = `{ "weights": ${JSON.stringify(run)}, "backbone": "resnet50" }, with the backbone that it is of.`;
  throw new UnderstoryError('teacher', `"${run}" is a weights file, not a run. Write ${cure}`);
};

const blankBackbone = (
  registry: Registry,
  source: WeightsSource,
  { classes, size }: TeacherRequest,
): Backbone =>
  registry.make(
    BACKBONE,
    source.backbone,
  )({ classes: source.classes ?? classes, size, seed: seedOf(0), blank: true });

const fromWeights = async (
  registry: Registry,
  source: WeightsSource,
  request: TeacherRequest,
): Promise<Network> => {
  const backbone = blankBackbone(registry, source, request);
  const tensors = backboneTensors(await readWeights(source.weights));
  toModel(tensors, backbone.model, namesFor(backbone, codeOf(tensors, backbone)));
  return { backbone, modules: {} };
};

const noAverage = (): UnderstoryError =>
  new UnderstoryError('teacher', 'An average of the student is kept by its objective.');

/**
 * Loads teachers: another run's best weights with its heads, one of its checkpoints, or a weights file. `note` is told
 * of the runs that are loaded.
 */
export const teacherLoader =
  (
    registry: Registry,
    runner: Runner,
    note: (run: string, info: RunInfo) => void = () => undefined,
  ): Experiment['teacher'] =>
  async (source, request) => {
    if ('ema' in source) throw noAverage();
    if ('weights' in source) return fromWeights(registry, source, request);
    const { folder, checkpoint } = placeOf(source.run);
    const { network, info } = await loadNetwork(registry, runner, folder, { checkpoint, heads: true });
    note(source.run, info);
    return network;
  };

/** Teachers as they were built, without their weights: a black box holds these. */
export const blankTeachers =
  (registry: Registry, runs: BoxInfo['teachers']): Experiment['teacher'] =>
  async (source, request) => {
    if ('ema' in source) throw noAverage();
    if ('weights' in source) return { backbone: blankBackbone(registry, source, request), modules: {} };
    const info = runs[source.run];
    if (info) return networkOf(registry, info, true);
    throw new UnderstoryError('teacher', `The black box does not describe its teacher "${source.run}".`);
  };
