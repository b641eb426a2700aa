import { add, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { layers, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  BACKBONE,
  buildInference,
  classification,
  initialize,
  seedOf,
  UnderstoryError,
  type AnyPlugin,
  type ExportRequest,
  type Registry,
  type Task,
} from '@understory/core';
import { streamTensor } from '@understory/core/testing';

/** What of a network is exported. */
export type Exportable = Pick<ExportRequest, 'network' | 'task' | 'dataset'>;

const CLASSES = ['a', 'b', 'c', 'd', 'e'];
const SIDE = 32;
/** As narrow and shallow as a family can be comes first. */
const SMALL = [
  { width: 0.0625, depth: 0.34 },
  { width: 0.17, depth: 0.34 },
  { width: 0.25, depth: 0.34 },
  { width: 0.25 },
  { width: 0.5, depth: 0.34 },
  { depth: 0.34 },
  {},
];

/** Scales, shifts and averages of norms that are no identity: around which number, and how far. */
const NORMS: Readonly<Record<string, readonly [middle: number, spread: number]>> = {
  gamma: [1, 0.25],
  beta: [0, 0.25],
  bias: [0, 0.25],
  moving_mean: [0, 0.25],
  moving_variance: [1, 0.5],
};

const roleOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Kernels that pass on what they take, as `gain` tells, and norms that have seen images: every part of a network says something. */
const enliven = (model: LayersModel, gain: number): void => {
  initialize(model, seedOf(2), ({ fanIn }) => ({ uniform: Math.sqrt(gain / fanIn) }));
  model.weights.forEach((weight, i) => {
    const [middle, spread] = NORMS[roleOf(weight.originalName)] ?? [];
    if (middle === undefined || spread === undefined) return;
    tidy(() => {
      weight.write(add<Tensor>(middle, streamTensor(weight.shape as number[], 100 + i, spread)));
    });
  });
};

const NORMALIZATION = { mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.3] } as const;

/** Classification that tells its logits too: where one class is all but certain, probabilities hide what is wrong. */
const scores: Task = {
  ...classification,
  activate: (outputs) => {
    const { logits } = outputs;
    const told = logits && layers.activation({ name: 'scores', activation: 'linear' }).apply(logits);
    return { ...classification.activate(outputs), ...(told && { logits: told as SymbolicTensor }) };
  },
};

interface Wanted {
  /** Options of the backbone. */
  readonly options?: object;
  readonly task?: Task;
  /** Of images, in pixels. */
  readonly side?: number;
}

/** A backbone plugin's network for a task, whose weights are made up. */
export const networkFor = (
  registry: Registry,
  name: string,
  { options = {}, task = scores, side = SIDE }: Wanted = {},
): Exportable => {
  const factory = registry.make(BACKBONE, [name, options as Readonly<Record<string, unknown>>]);
  const request = { classes: CLASSES.length, size: [side, side], seed: seedOf(1), blank: true } as const;
  const network = buildInference(factory, task, request);
  enliven(network.backbone.model, network.head ? 3 : 6);
  if (network.head) enliven(network.head.model, 1); // a detector's boxes lie in the picture, none as likely as another
  const preprocessing = { normalization: NORMALIZATION, crop: undefined };
  const dataset = { classes: CLASSES, ...preprocessing, size: [side, side] } as const;
  return { network, task, dataset };
};

/** A plugin's classifier of images of 32 pixels, as small as its options let it be. */
export const smallNetwork = (registry: Registry, { name }: AnyPlugin): Exportable => {
  for (const stem of ['cifar', 'imagenet'])
    for (const small of SMALL)
      try {
        return networkFor(registry, name, { options: { stem, ...small } });
      } catch (error) {
        if (!(error instanceof UnderstoryError)) throw error; // else an option that it has not, or a size
      }
  return networkFor(registry, name);
};

export const disposeNetwork = ({ network: { backbone, head } }: Exportable): void => {
  head?.model.dispose();
  backbone.model.dispose();
};
