import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import { inferenceModel, type ExportedDataset, type ExportedNetwork } from '../inferenceModel.ts';

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
  network: ExportedNetwork,
  dataset: ExportedDataset,
  folder: string,
): Promise<void> => {
  const whole = inferenceModel(network, dataset);
  const handler = io.withSaveHandler(async (artifacts) => {
    await writeArtifacts(folder, artifacts);
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  await whole.save(handler);
  await writeFile(path.join(folder, 'classes.json'), JSON.stringify(dataset.classes));
};
