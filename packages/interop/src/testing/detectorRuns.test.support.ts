import {
  addN,
  engine,
  mul,
  tidy,
  variableGrads,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  float32,
  outputShapes,
  type Forward,
  type NdArray,
  type NdArrays,
  type Objective,
} from '@understory/core';
import { buildContextOf, stepContextOf, streamOf, streamValues } from '@understory/core/testing';
import { fasterRcnnLoss, retinanetLoss } from '@understory/detection';
import { fromLayout } from '../model/match.ts';
import { networkNames, networkSlots, type Inference } from '../model/network.ts';
import { putWeights } from '../model/toModel.ts';

import {
  detectorFile,
  detectorOf,
  imagesOf,
  targetsOf,
  taskOf,
  trueRows,
  type DetectorCase,
} from './detectors.test.support.ts';

/** Rows of boxes of an image, of which the last ones are none. */
const MOST = 4;

/** A case's network with its weights, under whosever names. */
export const filled = (given: DetectorCase, task = taskOf(given)): Inference => {
  const network = detectorOf(given, task);
  const names = networkNames(network, given.task, 'torchvision');
  putWeights(detectorFile(given), networkSlots(network), names, { others: true });
  return network;
};

export const disposeAll = ({ backbone, head }: Inference): void => {
  head?.model.dispose();
  backbone.model.dispose();
};

const listOf = (made: unknown): Tensor[] => [made as Tensor | Tensor[]].flat();

/** What a network makes of images, its batch norm as it is. */
const forwardStill = ({ backbone, head }: Inference, images: Tensor4D, training: boolean): Forward => {
  const features = listOf(backbone.model.apply(images, { training: false }));
  const values = head ? listOf(head.model.apply(features, { training })) : [];
  return {
    images,
    taps: features.slice(0, -1) as Tensor4D[],
    pooled: features.at(-1) as Tensor2D,
    outputs: Object.fromEntries((head?.outputs ?? []).map((name, i) => [name, values[i]!])),
  };
};

const objectiveOf = ({ task, drawn }: DetectorCase): Objective =>
  task === 'retinanet' ? retinanetLoss() : fasterRcnnLoss(drawn);

export interface TrainedStep {
  /** By the objective's names. */
  readonly losses: Readonly<Record<string, number>>;
  /** By torchvision's names, in its layouts. */
  readonly gradients: NdArrays;
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Gradients by our names; zeros for weights that do not learn. */
const gradientsOf = (network: Inference, grads: Readonly<Record<string, Tensor>>): NdArrays => {
  const nameOf = new Map(Object.values(engine().registeredVariables).map((v) => [v.id, v.name]));
  const all = networkSlots(network).map(({ name, shape, weight }): [string, NdArray] => {
    const grad = grads[nameOf.get(weight.read().id) ?? ''];
    return [name, float32(grad?.dataSync<'float32'>() ?? new Float32Array(product(shape)), shape)];
  });
  return Object.fromEntries(all);
};

/** One step of a case: without a seed the samplers draw in order. */
export const trainedStep = async (given: DetectorCase, network: Inference): Promise<TrainedStep> => {
  const streams = [streamOf({ batch: given.boxes.length })];
  const { backbone, head } = network;
  const built = await objectiveOf(given).build({
    ...buildContextOf(backbone, { streams, targets: targetsOf(MOST) }),
    ...{ head, task: given.task, outputs: outputShapes(network) },
  });
  const losses: Record<string, number> = {};
  let gradients: NdArrays = {};
  tidy(() => {
    const images = imagesOf(given);
    const targets = { train: { boxes: trueRows(given, MOST) } };
    const { grads } = variableGrads(() => {
      const seen = forwardStill(network, images, true);
      const step = stepContextOf(backbone, { images, streams, targets, seen });
      const { terms } = built.terms({ ...step, call: { training: true } });
      for (const [name, { value }] of Object.entries(terms)) losses[name] = value.dataSync<'float32'>()[0]!;
      return addN<Scalar>(Object.values(terms).map(({ value, weight }) => mul<Scalar>(value, weight)));
    });
    gradients = gradientsOf(network, grads);
  });
  const names = networkNames(network, given.task, 'torchvision');
  return { losses, gradients: fromLayout(gradients, networkSlots(network), names) };
};

/** A gradient's length and what it has in common with two vectors, as `detectors.py` has it. */
export const projections = (data: ArrayLike<number>): number[] => {
  const all = Array.from(data);
  const times = (other: ArrayLike<number>): number => all.reduce((sum, v, i) => sum + v * other[i]!, 0);
  const along = [900, 901].map((s) => times(streamValues([all.length], s)) / Math.sqrt(all.length / 3));
  return [Math.sqrt(times(all)), ...along];
};

/** The boxes of each image: top, left, bottom, right, class, score. */
export const detectionsOf = (given: DetectorCase, network: Inference): number[][][] =>
  tidy(() => {
    const { boxes } = forwardStill(network, imagesOf(given), false).outputs;
    return (boxes!.arraySync() as number[][][]).map((rows) => rows.filter((row) => row[5]! > 0));
  });
