import {
  buildActivation,
  inferenceStep,
  UnderstoryError,
  type ExportRequest,
  type RecordedGraph,
  type RecordGraph,
  type StepFunction,
} from '@understory/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { exitsModel } from '../exits/exitsModel.ts';

/** Name of the input: pixels 0…255 of images, [B, height, width, 3]. */
export const PIXELS = 'pixels';

/** What an exported file computes of pixels, to be recorded. */
export interface InferenceProgram {
  readonly run: StepFunction;
  /** Of its outputs, in order. */
  readonly names: readonly string[];
  /** Height and width of its images. */
  readonly size: readonly [number, number];
}

type Exported = Pick<ExportRequest, 'network' | 'task' | 'dataset' | 'exits'>;

/** What a model with exits gives, by name: calibrated logits of each exit and of the end, and how much an image is like training. */
export const exitNames = ({ early, end }: NonNullable<ExportRequest['exits']>): string[] => [
  ...[...early, end].map(({ name }) => `${name}/logits`),
  'inside',
];

const ofModel = (made: LayersModel, names: readonly string[]): StepFunction => {
  return ({ [PIXELS]: images }) => {
    const values = [made.apply(images!, { training: false }) as Tensor | Tensor[]].flat();
    return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  };
};

const ofTask = ({ network, task, dataset }: Exported, names: readonly string[]): StepFunction => {
  const step = inferenceStep(network, { task, ...dataset });
  return ({ [PIXELS]: images }) => {
    const made = step({ images: images! });
    return Object.fromEntries(names.map((name) => [name, made[name]!]));
  };
};

/** What is exported of a network, as a function of pixels: what its task activates, or its exits. */
export const inferenceProgram = (request: Exported): InferenceProgram => {
  const { network, task, dataset, exits } = request;
  const { size } = dataset;
  if (exits) {
    const [made, names] = [exitsModel(network.backbone, exits, dataset), exitNames(exits)];
    return { run: ofModel(made, names), names, size };
  }
  const { names } = buildActivation(task, network);
  return { run: ofTask(request, names), names, size };
};

/** The program as a graph for `batch` images. */
export const recordProgram = (
  { run, size }: InferenceProgram,
  record: RecordGraph,
  batch: number,
): RecordedGraph => record('inference', run, { [PIXELS]: [batch, ...size, 3] });

/** For formats that hold graphs of ops. Errors: `export` where nothing records. */
export const recorderOf = ({ record }: Pick<ExportRequest, 'record'>, format: string): RecordGraph => {
  if (record) return record;
  throw new UnderstoryError(
    'export',
    `The format "${format}" writes a graph of ops. Hand over recordGraph of @understory/engine as record, or use: understory export <run> --format ${format}.`,
  );
};
