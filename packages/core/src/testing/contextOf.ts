import {
  range,
  scalar,
  tensor1d,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Backbone } from '../contracts/backbone.ts';
import type {
  BuildContext,
  BuiltObjective,
  CallArgs,
  Forward,
  Network,
  StepContext,
  Stream,
} from '../contracts/objective.ts';
import { alone } from '../contracts/workers.ts';
import type { Targets } from '../contracts/dataset.ts';
import { LABEL } from '../data/targets.ts';
import { UnderstoryError } from '../errors.ts';
import { withPrefix, type Named } from '../named.ts';
import { crossEntropyLoss } from '../ops/crossEntropy.ts';
import { seedOf } from '../random.ts';
import { forward } from '../training/forward.ts';
import { selector, targetFinder } from '../training/stepContext.ts';

/** Four labelled images a batch in so many views, where a test says nothing else. */
export const streamOf = (stream: Partial<Stream> = {}): Stream => ({
  name: 'train',
  batch: 4,
  views: 1,
  labelled: true,
  ...stream,
});

/** A backbone with the modules that an objective of this name trained beside it. */
export const trainedNetwork = (
  name: string,
  backbone: Backbone,
  { modules, embeds = {} }: Pick<BuiltObjective, 'modules' | 'embeds'>,
): Network => ({
  backbone,
  modules: withPrefix(`${name}/`, modules),
  embeds: withPrefix(`${name}/`, embeds),
});

export interface BuildOptions {
  readonly streams?: readonly Stream[];
  readonly trainLabels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly teacher?: Network;
  readonly twin?: () => Backbone;
  readonly targets?: Targets;
}

/** What an objective builds on, for tests. */
export const buildContextOf = (backbone: Backbone, options: BuildOptions = {}): BuildContext => {
  const { streams = [streamOf()], trainLabels = new Int32Array(20), classNames, teacher, twin } = options;
  const { targets = { [LABEL]: { kind: 'class', dtype: 'int32', shape: [] } } } = options;
  const [, height, width] = backbone.model.inputs[0]!.shape as [null, number, number];
  return {
    backbone,
    size: [height, width],
    streams,
    task: 'classification',
    targets,
    outputs: { logits: [backbone.classes] },
    trainLabels,
    seed: seedOf(3),
    ...(twin && { twin: () => ({ backbone: twin() }) }),
    ...(classNames && { classNames }),
    teacher: () =>
      teacher
        ? Promise.resolve(teacher)
        : Promise.reject(new UnderstoryError('missing-teacher', 'There is no such teacher.')),
  };
};

/** Cross-entropy of the first view, which trains a classifier: the least that an objective does. */
export const classLoss = ({ rows, outputs, target }: StepContext): Scalar =>
  crossEntropyLoss(rows(outputs['logits'] as Tensor2D, { view: 0 }), target(LABEL, { view: 0 }) as Tensor1D);

export interface StepOptions {
  readonly images: Tensor4D;
  readonly streams?: readonly Stream[];
  /** The target `label` by stream, the same in all views. */
  readonly labels?: Readonly<Record<string, Tensor1D>>;
  /** Other targets by stream, the same in all views. */
  readonly targets?: Named<Named<Tensor>>;
  readonly fed?: Readonly<Record<string, Tensor>>;
  readonly positions?: Readonly<Record<string, Tensor1D>>;
  readonly epoch?: Scalar;
  readonly training?: boolean;
  /** What the network made of the images; of the backbone alone where nothing is said. */
  readonly seen?: Forward;
}

/** One step as objectives see it, for tests. Call it inside the function that is differentiated. */
export const stepContextOf = (
  backbone: Backbone,
  { images, streams = [streamOf()], labels = {}, targets = {}, ...rest }: StepOptions,
): StepContext => {
  const { fed = {}, positions = {}, epoch, training = true, seen } = rest;
  const call: CallArgs = { training, seed: tensor1d([1, 2], 'int32') };
  const first = streams[0]!.name;
  const known = Object.fromEntries(
    streams.map(({ name, views }) => {
      const label = labels[name];
      return [
        name,
        Array.from({ length: views }, () => ({ ...targets[name], ...(label && { [LABEL]: label }) })),
      ];
    }),
  );
  return {
    ...(seen ?? forward({ backbone }, images, call)),
    ...{ streams, call, fed, workers: alone },
    rows: selector(streams),
    target: targetFinder(streams, known),
    positions: (stream = first) => positions[stream] ?? range(0, streams[0]!.batch, 1, 'int32'),
    epoch: epoch ?? scalar(0),
    step: scalar(0),
  };
};
