import path from 'node:path';
import {
  BACKBONE,
  HEAD,
  mapNamed,
  seedOf,
  UnderstoryError,
  type Backbone,
  type Experiment,
  type HeadFactory,
  type NdArrays,
  type Network,
  type Registry,
  type Runner,
  type TeacherRequest,
  type WeightsSource,
} from '@understory/core';
import { headAt, networkFrom, tapModules } from '@understory/interop';
import type { Say } from '../listeners.ts';
import { classesOfFile, type Taught } from './compareClasses.ts';
import { loadNetwork, networkOf } from './loadNetwork.ts';
import type { BoxInfo } from '../run/runInfo.ts';

/** A run's folder, or a checkpoint in it: `runs/wide`, `runs/wide/checkpoints/last.safetensors`. */
const checkpointOf = (run: string): { readonly folder: string; readonly checkpoint: 'best' | 'last' } => {
  const found = /^(best|last)\.safetensors$/.exec(path.basename(run));
  if (found) return { folder: path.join(run, '..', '..'), checkpoint: found[1] as 'best' | 'last' };
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

const headOf = (registry: Registry, { head = 'sepconv' }: WeightsSource): HeadFactory =>
  registry.make(HEAD, head);

/** From where teachers are loaded, and who is told of them. */
export interface TeacherListeners {
  /** Where relative paths count from: the config's folder; the current one where absent. */
  readonly folder?: string | undefined;
  readonly say: Say;
  /** Told of the runs that are loaded, and of files that tell their classes. */
  readonly note?: (name: string, about: Taught) => void;
}

const fromWeights = async (
  registry: Registry,
  source: WeightsSource,
  request: TeacherRequest,
  { folder = '', say, note }: TeacherListeners,
): Promise<Network> => {
  const { names, prefix } = source;
  const { readWeights } = await import('@understory/interop/node');
  const weights = await readWeights(path.resolve(folder, source.weights));
  const classes = classesOfFile(weights.metadata);
  if (classes) note?.(source.weights, { dataset: { classes } });
  const backbone = blankBackbone(registry, source, request);
  try {
    return networkFrom(backbone, weights, {
      head: headOf(registry, source),
      file: source.weights,
      say: (line) => say(`teacher ${source.weights}: ${line}`),
      ...(names !== undefined && { names }),
      ...(prefix !== undefined && { prefix }),
    });
  } catch (error) {
    backbone.model.dispose();
    throw error;
  }
};

const noAverage = (): UnderstoryError =>
  new UnderstoryError('teacher', 'An average of the student is kept by its objective.');

/**
 * Loads teachers: another run's best weights with its heads, one of its checkpoints, or a weights file with the heads in
 * it.
 */
export const teacherLoader =
  (registry: Registry, runner: Runner, listeners: TeacherListeners): Experiment['teacher'] =>
  async (source, request) => {
    if ('ema' in source) throw noAverage();
    if ('weights' in source) return fromWeights(registry, source, request, listeners);
    const { folder: run, checkpoint } = checkpointOf(source.run);
    const place = path.resolve(listeners.folder ?? '', run);
    const { network, info } = await loadNetwork(registry, runner, place, { checkpoint, heads: true });
    listeners.note?.(source.run, info);
    return network;
  };

/** A teacher from a weights file without its weights, with heads where the weights that it had are those of heads. */
const blankFromWeights = (
  registry: Registry,
  source: WeightsSource,
  request: TeacherRequest,
  held: readonly string[],
): Network => {
  const backbone = blankBackbone(registry, source, request);
  const taps = backbone.taps.map(({ name }) => name);
  const embeds = Object.fromEntries(
    tapModules(held, backbone).map((module) => [module, module.slice(module.indexOf('/') + 1)]),
  );
  const modules = mapNamed(embeds, (tap) => headAt(backbone, taps.indexOf(tap), headOf(registry, source)));
  return { backbone, modules, embeds };
};

/**
 * Teachers as they were built, without their weights: a black box holds these, `held`, in the order in which objectives
 * ask for them.
 */
export const blankTeachers = (
  registry: Registry,
  runs: BoxInfo['teachers'],
  held: readonly NdArrays[] = [],
): Experiment['teacher'] => {
  let asked = 0;
  return async (source, request) => {
    const names = Object.keys(held[asked++] ?? {});
    if ('ema' in source) throw noAverage();
    if ('weights' in source) return blankFromWeights(registry, source, request, names);
    const info = runs[source.run];
    if (info) return networkOf(registry, info, true);
    throw new UnderstoryError('teacher', `The black box does not describe its teacher "${source.run}".`);
  };
};
