import { tensor1d } from '@tensorflow/tfjs-core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  LOGITS,
  middleOf,
  type ExportRequest,
  type Network,
  type Normalization,
  type Task,
} from '@understory/core';

/** What an exported network has to know of the data that it learned. */
export type ExportedDataset = ExportRequest['dataset'];

// Pixels are normalised by a batch-norm layer with fixed statistics: plain tfjs knows that layer, and no custom one.
const EPSILON = 1e-3;

const normalized = ({ mean, std }: Normalization, pixels: SymbolicTensor): SymbolicTensor => {
  const layer = layers.batchNormalization({
    name: 'normalize',
    axis: -1,
    center: false,
    scale: false,
    epsilon: EPSILON,
    trainable: false,
  });
  const out = layer.apply(pixels) as SymbolicTensor;
  const values = [tensor1d(mean.map((m) => m * 255)), tensor1d(std.map((s) => (s * 255) ** 2 - EPSILON))];
  layer.setWeights(values);
  values.forEach((v) => v.dispose());
  return out;
};

const cropped = ({ size, crop }: ExportedDataset, pixels: SymbolicTensor): SymbolicTensor => {
  const {
    top,
    left,
    size: [height, width],
  } = middleOf(size, crop);
  if (height === size[0] && width === size[1]) return pixels;
  const [bottom, right] = [size[0] - top - height, size[1] - left - width];
  const cropping: [[number, number], [number, number]] = [
    [top, bottom],
    [left, right],
  ];
  return layers.cropping2D({ name: 'crop', cropping }).apply(pixels) as SymbolicTensor;
};

/** Pixels 0…255 as a network takes them: layers of plain tfjs that do what core's `preprocess` does. */
export const preprocessed = (dataset: ExportedDataset, pixels: SymbolicTensor): SymbolicTensor =>
  normalized(dataset.normalization, cropped(dataset, pixels));

/** What is exported of a network: what is kept at inference, and the task whose outputs these are. */
export interface ExportedNetwork extends Pick<Network, 'backbone' | 'head'> {
  readonly task: Task;
}

/** Which of a model's inputs its outputs come from: tfjs writes no others to a file, and then cannot read the file. */
const usedInputs = ({ inputs, layers: reached }: LayersModel): number[] =>
  inputs.flatMap(({ sourceLayer }, i) => (reached.includes(sourceLayer) ? [i] : []));

/** A task's outputs of normalised pixels. Of what the network gives only what is used is exported. */
const outputsOf = (
  { backbone, head }: ExportedNetwork,
  x: SymbolicTensor,
): Record<string, SymbolicTensor> => {
  const { inputs, outputs } = backbone.model;
  const used = head ? usedInputs(head.model) : [outputs.length - 1];
  const features = apply(model({ name: 'backbone', inputs, outputs: used.map((i) => outputs[i]!) }), [x]);
  if (!head) return { [LOGITS]: features[0]! };
  const own = used.map((i) => head.model.inputs[i]!);
  const made = apply(model({ name: 'task', inputs: own, outputs: head.model.outputs }), features);
  return Object.fromEntries(head.outputs.map((name, i) => [name, made[i]!]));
};

const apply = (made: LayersModel, x: readonly SymbolicTensor[]): SymbolicTensor[] =>
  [made.apply(x.length === 1 ? x[0]! : [...x]) as SymbolicTensor | SymbolicTensor[]].flat();

/**
 * The network as people use it: pixels 0…255 [B, H, W, 3] → what the task activates, class probabilities [B, C] for
 * example; heads and taps are gone.
 */
export const inferenceModel = (network: ExportedNetwork, dataset: ExportedDataset): LayersModel => {
  const pixels = input({ name: 'pixels', shape: [...dataset.size, 3] });
  const outputs = outputsOf(network, preprocessed(dataset, pixels));
  return model({ inputs: pixels, outputs: Object.values(network.task.activate(outputs)) });
};
