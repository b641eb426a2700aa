import {
  range,
  scalar,
  tensor1d,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Backbone } from '../contracts/backbone.ts';
import type { BuildContext, CallArgs, Network, StepContext, Stream } from '../contracts/objective.ts';
import { UnderstoryError } from '../errors.ts';
import { seedOf } from '../random.ts';
import { forward } from '../training/forward.ts';
import { selector } from '../training/stepContext.ts';

/** Four labelled images a batch in so many views, where a test says nothing else. */
export const streamOf = (stream: Partial<Stream> = {}): Stream => ({
  name: 'train',
  batch: 4,
  views: 1,
  labelled: true,
  ...stream,
});

export interface BuildOptions {
  readonly streams?: readonly Stream[];
  readonly trainLabels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly teacher?: Network;
  readonly twin?: () => Backbone;
}

/** What an objective builds on, for tests. */
export const buildContextOf = (
  backbone: Backbone,
  { streams = [streamOf()], trainLabels = new Int32Array(20), classNames, teacher, twin }: BuildOptions = {},
): BuildContext => {
  const [, height, width] = backbone.model.inputs[0]!.shape as [null, number, number];
  return {
    backbone,
    size: [height, width],
    streams,
    trainLabels,
    seed: seedOf(3),
    ...(twin && { twin }),
    ...(classNames && { classNames }),
    teacher: () =>
      teacher
        ? Promise.resolve(teacher)
        : Promise.reject(new UnderstoryError('missing-teacher', 'There is no such teacher.')),
  };
};

export interface StepOptions {
  readonly images: Tensor4D;
  readonly streams?: readonly Stream[];
  /** By stream. */
  readonly labels: Readonly<Record<string, Tensor1D>>;
  readonly fed?: Readonly<Record<string, Tensor>>;
  readonly positions?: Readonly<Record<string, Tensor1D>>;
  readonly epoch?: Scalar;
  readonly training?: boolean;
}

/** One step as objectives see it, for tests. Call it inside the function that is differentiated. */
export const stepContextOf = (
  backbone: Backbone,
  { images, streams = [streamOf()], labels, fed = {}, positions = {}, epoch, training = true }: StepOptions,
): StepContext => {
  const call: CallArgs = { training, seed: tensor1d([1, 2], 'int32') };
  const first = streams[0]!.name;
  return {
    ...forward({ backbone }, images, call),
    streams,
    call,
    fed,
    rows: selector(streams),
    labels: (stream = first) => labels[stream]!,
    positions: (stream = first) => positions[stream] ?? range(0, streams[0]!.batch, 1, 'int32'),
    epoch: epoch ?? scalar(0),
    step: scalar(0),
  };
};
