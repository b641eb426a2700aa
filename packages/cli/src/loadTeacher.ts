import path from 'node:path';
import {
  BACKBONE,
  seedOf,
  UnderstoryError,
  type Experiment,
  type Network,
  type Registry,
  type Runner,
  type TeacherRequest,
  type WeightsSource,
} from '@understory/core';
import { backboneTensors, codeOf, namesFor, readWeights, toModel } from '@understory/interop';
import { loadNetwork } from './loadNetwork.ts';

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

const fromWeights = async (
  registry: Registry,
  source: WeightsSource,
  { classes, size }: TeacherRequest,
): Promise<Network> => {
  const backbone = registry.make(
    BACKBONE,
    source.backbone,
  )({ classes: source.classes ?? classes, size, seed: seedOf(0), blank: true });
  const tensors = backboneTensors(await readWeights(source.weights));
  toModel(tensors, backbone.model, namesFor(backbone, codeOf(tensors, backbone)));
  return { backbone, modules: {} };
};

/** Loads teachers: another run's best weights with its heads, one of its checkpoints, or a weights file. */
export const teacherLoader =
  (registry: Registry, runner: Runner): Experiment['teacher'] =>
  async (source, request) => {
    if ('ema' in source)
      throw new UnderstoryError('teacher', 'An average of the student is kept by its objective.');
    if ('weights' in source) return fromWeights(registry, source, request);
    const { folder, checkpoint } = placeOf(source.run);
    return (await loadNetwork(registry, runner, folder, { checkpoint, heads: true })).network;
  };
