import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { io, tensor1d } from '@tensorflow/tfjs-core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Backbone, Normalization } from '@understory/core';

export interface ExportedDataset {
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  readonly size: readonly [number, number];
}

// Pixels are normalised by a batch-norm layer with fixed statistics: plain tfjs knows that layer, and no custom one.
const EPSILON = 1e-3;

const normalizationLayer = ({ mean, std }: Normalization, pixels: SymbolicTensor): SymbolicTensor => {
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

/** The network as people use it: pixels 0…255 [B, H, W, 3] → class probabilities [B, C]; heads and taps are gone. */
export const inferenceModel = (
  { model: trained }: Backbone,
  { normalization, size }: ExportedDataset,
): LayersModel => {
  const classifier = model({ name: 'backbone', inputs: trained.inputs, outputs: trained.outputs.at(-1)! });
  const pixels = input({ name: 'pixels', shape: [...size, 3] });
  const logits = classifier.apply(normalizationLayer(normalization, pixels)) as SymbolicTensor;
  const probabilities = layers
    .activation({ name: 'probabilities', activation: 'softmax' })
    .apply(logits) as SymbolicTensor;
  return model({ inputs: pixels, outputs: probabilities });
};

const writeArtifacts = async (
  folder: string,
  { weightData, weightSpecs, ...rest }: io.ModelArtifacts,
): Promise<void> => {
  const weights = Buffer.concat([weightData ?? []].flat().map((part) => Buffer.from(part)));
  const manifest = [{ paths: ['weights.bin'], weights: weightSpecs ?? [] }];
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'weights.bin'), weights);
  await writeFile(path.join(folder, 'model.json'), JSON.stringify({ ...rest, weightsManifest: manifest }));
};

/** Writes `model.json` and `weights.bin`, which plain `tf.loadLayersModel` reads, and the class names in `classes.json`. */
export const exportModel = async (
  backbone: Backbone,
  dataset: ExportedDataset,
  folder: string,
): Promise<void> => {
  const whole = inferenceModel(backbone, dataset);
  const handler = io.withSaveHandler(async (artifacts) => {
    await writeArtifacts(folder, artifacts);
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  await whole.save(handler);
  await writeFile(path.join(folder, 'classes.json'), JSON.stringify(dataset.classes));
};
