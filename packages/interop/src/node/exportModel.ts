import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { io, serialization } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { UnderstoryError, type ExportedExits, type ExportRequest } from '@understory/core';
import { listed } from '../errors.ts';
import { exitsModel } from '../exits/exitsModel.ts';
import { graphArtifacts } from '../tfjsGraph.ts';
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

/**
 * A network's file for plain tfjs: layers where tfjs has them all, else a graph of ops. Errors: `export` where it takes a graph,
 * and there is no engine to record one.
 */
const artifactsOf = async (request: Omit<ExportRequest, 'folder'>): Promise<io.ModelArtifacts> => {
  const { network, task, dataset, record, exits } = request;
  if (exits) return withExits(request, exits);
  const whole = inferenceModel({ ...network, task }, dataset);
  const foreign = foreignLayers(whole);
  if (foreign.length === 0) return layersArtifacts(whole);
  if (record) return graphArtifacts(request, record);
  throw new UnderstoryError(
    'export',
    `Plain tfjs has no layer ${listed(foreign, 3)}, which the task "${task.name}" ends in. Give exportModel() the function ` +
      'recordGraph of @understory/engine as its option record, or use: understory export <run>.',
  );
};

/** Errors: `export` where plain tfjs has not all layers: a graph of ops could not be cut. */
const withExits = (
  { network, dataset }: Pick<ExportRequest, 'network' | 'dataset'>,
  exits: ExportedExits,
): Promise<io.ModelArtifacts> => {
  const whole = exitsModel(network.backbone, exits, dataset);
  const foreign = foreignLayers(whole);
  if (foreign.length === 0) return layersArtifacts(whole);
  throw new UnderstoryError(
    'export',
    `Plain tfjs has no layer ${listed(foreign, 3)}, so the network cannot be written with its exits. Leave --exits out.`,
  );
};

const layersArtifacts = async (whole: LayersModel): Promise<io.ModelArtifacts> => {
  const saved: io.ModelArtifacts[] = [];
  const handler = io.withSaveHandler((artifacts) => {
    saved.push(artifacts);
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
  });
  await whole.save(handler);
  return saved[0]!;
};

/**
 * Writes `model.json` and `weights.bin`, which plain `tf.loadLayersModel` reads, and the class names in `classes.json`. What ends
 * in more than tfjs's layers, a detector, is written for `tf.loadGraphModel` instead, where `record` is given (`recordGraph` of
 * @understory/engine). With `exits`, it is the model that `exitsModel` makes. Gives which of the two it is. Errors: `export`.
 */
export const exportModel = async (
  { task, ...network }: ExportedNetwork,
  dataset: ExportedDataset,
  folder: string,
  { record, exits }: Pick<ExportRequest, 'record' | 'exits'> = {},
): Promise<'layers-model' | 'graph-model'> => {
  const more = { ...(record && { record }), ...(exits && { exits }) };
  const artifacts = await artifactsOf({ network, task, dataset, ...more });
  await writeArtifacts(folder, artifacts);
  await writeFile(path.join(folder, 'classes.json'), JSON.stringify(dataset.classes));
  return artifacts.format === 'graph-model' ? 'graph-model' : 'layers-model';
};
