import {
  BACKBONE,
  buildInference,
  LABEL,
  middleOf,
  outputShapes,
  TASK,
  withPrefix,
  OBJECTIVE,
  checkpointPlace,
  evaluatedWeights,
  networkVariables,
  ownClassifiers,
  readCheckpoint,
  restore,
  seedOf,
  UnderstoryError,
  type Checkpoint,
  type Resumable,
  uniqueNames,
  type BuildContext,
  type NdArrays,
  type Network,
  type Objective,
  type Registry,
  type Runner,
  type TapClassifier,
  type Task,
} from '@understory/core';
import { planStreams } from '@understory/config';
import { defaultViews } from '@understory/recipes/experiments';
import type { Run } from '@understory/tracking/node';
import { preprocessingOf, readRun, type RunInfo } from '../run/runInfo.ts';

/** Height and width of what a run's network sees of stored images. */
const seenSize = (info: RunInfo): readonly [number, number] =>
  middleOf(info.dataset.size, preprocessingOf(info).crop).size;

/** What a run's network keeps at inference, with fresh weights, and its task. */
export const inferenceOf = (
  registry: Registry,
  info: RunInfo,
): Pick<Network, 'backbone' | 'head'> & { readonly task: Task } => {
  const { config, dataset } = info;
  const task = registry.make(TASK, config.task);
  const request = { classes: dataset.classes.length, size: seenSize(info), seed: seedOf(config.seed) };
  return { task, ...buildInference(registry.make(BACKBONE, config.backbone), task, request) };
};

/** What a run's objectives built their modules on, but for its images. */
const buildContexts = (
  registry: Registry,
  info: RunInfo,
  { task, ...kept }: ReturnType<typeof inferenceOf>,
): readonly (readonly [name: string, objective: Objective, context: BuildContext])[] => {
  const { config, dataset } = info;
  const objectives = config.objectives.map((spec) => registry.make(OBJECTIVE, spec));
  const names = uniqueNames(objectives.map((o) => o.name));
  const streams = planStreams(config, objectives, defaultViews());
  const context: BuildContext = {
    ...kept,
    size: seenSize(info),
    streams: streams.map((s) => ({ ...s, views: s.views.length })),
    task: task.name,
    learns: task.targets,
    targets: dataset.targets ?? { [LABEL]: { kind: 'class', dtype: 'int32', shape: [] } },
    outputs: outputShapes(kept),
    // One of each class: how many there were shapes no head.
    trainLabels: Int32Array.from(dataset.classes, (_, label) => label),
    twin: () => inferenceOf(registry, info),
    classNames: dataset.classes,
    seed: seedOf(config.seed),
    teacher: () => Promise.reject(new UnderstoryError('teacher', "A teacher's own teacher is not loaded.")),
  };
  return objectives.map((objective, i) => [names[i]!, objective, context] as const);
};

/**
 * The heads that a run trained beside its backbone. Those of an objective that cannot be built again without the run's
 * images or its own teacher are left out: nobody asks a teacher for them.
 */
const modulesOf = async (
  registry: Registry,
  info: RunInfo,
  kept: ReturnType<typeof inferenceOf>,
): Promise<Pick<Network, 'modules' | 'embeds' | 'classifies'>> => {
  const modules: Record<string, Network['modules'][string]> = {};
  const embeds: Record<string, string> = {};
  const classifies: TapClassifier[] = [];
  for (const [name, objective, context] of buildContexts(registry, info, kept)) {
    const built = await Promise.resolve(objective.build(context)).catch((error: unknown) => {
      if (error instanceof UnderstoryError) return undefined;
      throw error;
    });
    Object.assign(modules, withPrefix(`${name}/`, built?.modules ?? {}));
    Object.assign(embeds, withPrefix(`${name}/`, built?.embeds ?? {}));
    classifies.push(...ownClassifiers(name, built ?? {}));
    Object.values(built?.state ?? {}).forEach((v) => v.dispose());
    built?.dispose?.();
  }
  return { modules, embeds, classifies };
};

/** A run's network, and the task that it learned. */
export interface TaskNetwork extends Network {
  readonly task: Task;
}

/** A run's network with fresh weights; `heads` also builds what was trained beside the backbone. */
export const networkOf = async (registry: Registry, info: RunInfo, heads: boolean): Promise<TaskNetwork> => {
  const kept = inferenceOf(registry, info);
  return { ...kept, ...(heads ? await modulesOf(registry, info, kept) : { modules: {} }) };
};

export interface LoadOptions {
  readonly checkpoint: 'best' | 'last';
  /** Also builds the heads that were trained beside the backbone: a teacher may need them. */
  readonly heads?: boolean;
}

/** Errors: `checkpoint`, `damaged`, each of which names another checkpoint that is whole, where there is one. */
const readWhole = async (run: Run, name: 'best' | 'last'): Promise<Checkpoint> => {
  const other = name === 'best' ? 'last' : 'best';
  const read = async (one: Resumable): Promise<Checkpoint> => {
    const bytes = await run.checkpoints.load(one);
    const place = checkpointPlace(run.checkpoints, one);
    if (bytes) return readCheckpoint(bytes, place);
    throw new UnderstoryError('checkpoint', `${place} is missing.`);
  };
  return read(name).catch(async (cause: unknown) => {
    if (!(cause instanceof UnderstoryError)) throw cause;
    const whole = await read(other).then(
      () => true,
      () => false,
    );
    const cure = whole
      ? `${checkpointPlace(run.checkpoints, other)} is whole: evaluate has --checkpoint ${other}.`
      : 'Put it back, or train again.';
    throw new UnderstoryError(cause.code, `${cause.message} ${cure}`, { cause });
  });
};

/** The run with its classes as the checkpoint has them: that order is what the network learned. */
const withLearnedClasses = (info: RunInfo, { origin }: Checkpoint, folder: string): RunInfo => {
  const learned = origin?.data.classes;
  if (!learned) return info;
  const { classes } = info.dataset;
  const odd =
    learned.find((name) => !classes.includes(name)) ?? classes.find((name) => !learned.includes(name));
  if (odd === undefined) return { ...info, dataset: { ...info.dataset, classes: learned } };
  throw new UnderstoryError(
    'classes',
    `config.json and the checkpoint of ${folder} do not name the same classes: only one of them has "${odd}". ` +
      'Put back the files that belong together.',
  );
};

/** A run and the weights that are evaluated: what is read of it before TensorFlow is loaded. */
export interface Trained {
  readonly run: Run;
  /** It names the classes in the order of the network's logits. */
  readonly info: RunInfo;
  readonly weights: NdArrays;
}

/** Errors: `no-run`, `bad-config`, `checkpoint`, `damaged`, `classes`. */
export const readTrained = async (folder: string, name: LoadOptions['checkpoint']): Promise<Trained> => {
  const { run, info } = await readRun(folder);
  const checkpoint = await readWhole(run, name);
  return { run, info: withLearnedClasses(info, checkpoint, folder), weights: evaluatedWeights(checkpoint) };
};

/** The network of a run that was read, with its weights. */
export const networkOfTrained = async (
  registry: Registry,
  runner: Runner,
  { info, weights }: Trained,
  heads = false,
): Promise<TaskNetwork> => {
  const network = await networkOf(registry, info, heads);
  await restore(runner, networkVariables(network), weights);
  return network;
};

/** A trained network from a run's folder. */
export const loadNetwork = async (
  registry: Registry,
  runner: Runner,
  folder: string,
  { checkpoint, heads = false }: LoadOptions,
): Promise<{ readonly network: Network; readonly info: RunInfo }> => {
  const trained = await readTrained(folder, checkpoint);
  return { network: await networkOfTrained(registry, runner, trained, heads), info: trained.info };
};
