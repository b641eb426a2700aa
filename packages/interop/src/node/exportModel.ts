import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { io, serialization } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { UnderstoryError, type Task } from '@understory/core';
import { listed } from '../errors.ts';
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

/** Layers of a model that plain tfjs does not have, by class: whoever reads its file could not make them. */
const foreignLayers = ({ layers }: LayersModel): string[] => {
  const known = serialization.SerializationMap.getMap().classNameMap;
  const found = layers.flatMap((layer) => {
    if ('layers' in layer) return foreignLayers(layer as unknown as LayersModel);
    const name = layer.getClassName();
    return Object.hasOwn(known, name) ? [] : [name];
  });
  return [...new Set(found)];
};

const requirePlain = (whole: LayersModel, { name }: Task): void => {
  const foreign = foreignLayers(whole);
  if (foreign.length === 0) return;
  throw new UnderstoryError(
    'export',
    `Plain tfjs could not load what the task "${name}" ends in: it has no layer ${listed(foreign, 3)}. Write the weights ` +
      'with "--format safetensors", or let Understory predict: understory predict <run> <images>.',
  );
};

/** Writes `model.json` and `weights.bin`, which plain `tf.loadLayersModel` reads, and the class names in `classes.json`. Errors: `export`. */
export const exportModel = async (
  network: ExportedNetwork,
  dataset: ExportedDataset,
  folder: string,
): Promise<void> => {
  const whole = inferenceModel(network, dataset);
  requirePlain(whole, network.task);
  const handler = io.withSaveHandler(async (artifacts) => {
    await writeArtifacts(folder, artifacts);
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  await whole.save(handler);
  await writeFile(path.join(folder, 'classes.json'), JSON.stringify(dataset.classes));
};
