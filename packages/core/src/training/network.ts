import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Backbone, BackboneFactory } from '../contracts/backbone.ts';
import type { Targets } from '../contracts/dataset.ts';
import type { BuildContext, BuiltObjective, Network, Stream, TapClassifier } from '../contracts/objective.ts';
import type { Task, TaskRequest } from '../contracts/task.ts';
import { seedOf, type Seed } from '../random.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { fixedView } from '../data/fixedView.ts';
import { checkViews } from '../data/checkViews.ts';
import { viewSize } from '../data/view.ts';
import { withPrefix, type Named } from '../named.ts';
import { checkImageSizes } from './checkImageSizes.ts';
import { taskBackbone } from './taskBackbone.ts';
import { buildTaskHead, outputShapes } from './taskHead.ts';

export type NamedVariables = Readonly<Record<string, Variable>>;

/** What is trained: the backbone, and the objectives with their modules and state. */
export interface TrainingNetwork extends Network {
  readonly objectives: readonly BuiltObjective[];
  readonly names: readonly string[];
  readonly embeds: Named<string>;
  /** Objectives' own state, by name. */
  readonly state: NamedVariables;
  /** Backbones like this one in which objectives keep averages of it. */
  readonly twins: readonly Backbone[];
}

const merge = <T>(parts: readonly Readonly<Record<string, T>>[]): Record<string, T> =>
  Object.fromEntries(parts.flatMap((part) => Object.entries(part)));

// What a layer's weight reads as is the variable itself, and it is typed as any tensor.
const variableOf = (weight: LayersModel['weights'][number]): Variable => {
  const value: unknown = weight.read();
  return value as Variable;
};

/** A model's weights by layer and weight name, as tfjs variables. `trainable` chooses one kind. */
export const variablesOf = (model: LayersModel, prefix: string, trainable?: boolean): NamedVariables => {
  const weights =
    trainable === undefined ? model.weights : trainable ? model.trainableWeights : model.nonTrainableWeights;
  return Object.fromEntries(weights.map((w) => [`${prefix}/${w.originalName}`, variableOf(w)]));
};

/** All weights of a network by their names in checkpoints. */
export const networkVariables = (
  { backbone, head, modules }: Network,
  trainable?: boolean,
): NamedVariables => ({
  ...variablesOf(backbone.model, 'backbone', trainable),
  ...(head && variablesOf(head.model, 'task', trainable)),
  ...merge(Object.entries(modules).map(([name, m]) => variablesOf(m, name, trainable))),
});

/** All that a step may change, by its name in checkpoints: the network, objectives' state and the optimizer's. */
export const allVariables = (network: TrainingNetwork, optimizer: NamedVariables): NamedVariables => ({
  ...networkVariables(network),
  ...network.state,
  ...withPrefix('optimizer/', optimizer),
});

/** Numbers in trainable weights. */
export const parameterCount = (model: LayersModel): number =>
  model.trainableWeights.reduce((sum, w) => sum + w.read().size, 0);

/** Names objectives uniquely: those of one name are told apart by a number, which no other has by itself. */
export const uniqueNames = (names: readonly string[]): string[] => {
  const taken = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let n = 2; taken.has(own); n++) own = `${name}-${n}`;
    taken.add(own);
    return own;
  });
};

const outputSize = ({ streams: [first] }: Experiment): readonly [number, number] =>
  viewSize(first.views[0] ?? [], first.samples.size);

/** The smaller batch that ends the epochs of the stream that paces them. */
const lastBatchOf = ({ streams: [{ samples, batch }], lastBatch }: Experiment): number | undefined => {
  const rest = samples.length % batch;
  return rest > 0 && (lastBatch === 'keep' || samples.length < batch) ? rest : undefined;
};

export const streamsOf = (experiment: Experiment): readonly Stream[] =>
  experiment.streams.map(({ name, batch, views, labelled }, i) => {
    const last = i === 0 ? lastBatchOf(experiment) : undefined;
    return { name, batch, views: views.length, labelled, ...(last !== undefined && { lastBatch: last }) };
  });

/** A backbone and what the task puts on it, with fresh weights: what is kept at inference. `seed` is the run's. */
export const buildInference = (
  factory: BackboneFactory,
  task: Task,
  { classes, size, seed }: TaskRequest & { readonly seed: Seed },
): Pick<Network, 'backbone' | 'head'> => {
  const backbone = taskBackbone(factory, task, { classes, size, seed: seed.at('weights', 'backbone') });
  const head = buildTaskHead(task, backbone, { classes, size, seed: seed.at('weights', 'task') });
  return { backbone, ...(head && { head }) };
};

const inferenceOf = (experiment: Experiment): Pick<Network, 'backbone' | 'head'> =>
  buildInference(experiment.backbone, experiment.task, {
    classes: experiment.dataset.classes.length,
    size: outputSize(experiment),
    seed: seedOf(experiment.seed),
  });

/** What is known of the samples of labelled streams. */
const targetsOf = ({ streams }: Experiment): Targets =>
  streams.find((s) => s.labelled)?.samples.targets ?? {};

const buildContext = (
  experiment: Experiment,
  kept: Pick<Network, 'backbone' | 'head'>,
  name: string,
  twins: Backbone[],
): BuildContext => {
  const { streams, dataset, task, seed } = experiment;
  const { groups } = streams[0].samples;
  return {
    ...kept,
    size: outputSize(experiment),
    streams: streamsOf(experiment),
    task: task.name,
    learns: task.targets,
    targets: targetsOf(experiment),
    outputs: outputShapes(kept),
    ...(groups && { trainLabels: groups }),
    classNames: dataset.classes,
    seed: seedOf(seed).at('weights', name),
    teacher: (source) =>
      experiment.teacher(source, { classes: kept.backbone.classes, size: outputSize(experiment) }),
    fixedView: fixedView(experiment),
    twin() {
      const twin = inferenceOf(experiment);
      twins.push(twin.backbone);
      return twin;
    },
  };
};

/** What an objective's modules tell the classes by, under their names in the network: `<objective>/<module>`. */
export const ownClassifiers = (
  name: string,
  { classifies = [] }: Pick<BuiltObjective, 'classifies'>,
): TapClassifier[] =>
  classifies.map(({ tap, modules }) => ({ tap, modules: modules.map((module) => `${name}/${module}`) }));

/** Builds the network and what the objectives hang on to it, with fresh weights. */
export const buildNetwork = async (experiment: Experiment): Promise<TrainingNetwork> => {
  checkViews(experiment);
  const kept = inferenceOf(experiment);
  checkImageSizes(experiment, kept);
  const names = uniqueNames(experiment.objectives.map((o) => o.name));
  const objectives: BuiltObjective[] = [];
  const twins: Backbone[] = [];
  for (const [i, objective] of experiment.objectives.entries())
    objectives.push(await objective.build(buildContext(experiment, kept, names[i]!, twins)));
  const own = <T>(pick: (o: BuiltObjective) => Named<T> | undefined): Record<string, T> =>
    merge(objectives.map((o, i) => withPrefix(`${names[i]!}/`, pick(o) ?? {})));
  return {
    ...kept,
    ...{ objectives, names, twins },
    modules: own((o) => o.modules),
    embeds: own((o) => o.embeds),
    classifies: objectives.flatMap((o, i) => ownClassifiers(names[i]!, o)),
    state: own((o) => o.state),
  };
};

/** Frees a model, also layers that stand in it several times, which tfjs's own way keeps. */
export const disposeModel = (model: LayersModel): void => {
  const variables = Object.values(variablesOf(model, ''));
  model.dispose();
  for (const variable of variables) if (!variable.isDisposed) variable.dispose();
};

export const disposeNetwork = (network: TrainingNetwork): void => {
  network.objectives.forEach((o) => o.dispose?.());
  Object.values(network.modules).forEach((m) => m.dispose());
  Object.values(network.state).forEach((v) => v.dispose());
  if (network.head) disposeModel(network.head.model);
  network.backbone.model.dispose();
};
