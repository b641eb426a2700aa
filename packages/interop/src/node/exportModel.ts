import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { io, serialization } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { UnderstoryError, type ExportedExits, type ExportRequest } from '@understory/core';
import { listed } from '../errors.ts';
import { exitsModel } from '../exits/exitsModel.ts';
import type { WeightType } from '../graph/eightBits.ts';
import { roundedWeights } from '../graph/roundedWeights.ts';
import { graphArtifacts, type GraphArtifacts } from '../tfjsGraph.ts';
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

/** A way to write a network for plain tfjs: layers, a graph of ops, or layers where tfjs has them all. */
export const TFJS_KINDS = ['auto', 'layers', 'graph'] as const;
export type TfjsKind = (typeof TFJS_KINDS)[number];

/** How a model is written for plain tfjs. */
export interface ExportModelOptions extends Pick<ExportRequest, 'record' | 'exits'> {
  readonly kind?: TfjsKind;
  readonly weights?: WeightType;
}

type Written = Pick<ExportRequest, 'network' | 'task' | 'dataset'> & ExportModelOptions;

/** A network as layers, and those of them that plain tfjs does not have. */
const layered = ({ network, task, dataset }: Written): { whole: LayersModel; foreign: string[] } => {
  const whole = inferenceModel({ ...network, task }, dataset);
  return { whole, foreign: foreignLayers(whole) };
};

/** Whether tfjs has not all layers of a network, or a graph is wanted: its file is a graph of ops then. */
export const isGraph = (request: Written): boolean =>
  request.kind !== 'layers' && (request.kind === 'graph' || layered(request).foreign.length > 0);

/** The layers' artifacts; undefined where plain tfjs has not all layers, or a graph is wanted. */
const layersOf = async (request: Written): Promise<io.ModelArtifacts | string[]> => {
  if (request.kind === 'graph') return [];
  const { whole, foreign } = layered(request);
  return foreign.length > 0 ? foreign : layersArtifacts(whole);
};

/**
 * A network's file for plain tfjs. Errors: `export` where it takes a graph, and there is no engine to record one, or a graph where layers
 * are wanted.
 */
const artifactsOf = async (request: Written): Promise<GraphArtifacts> => {
  const { task, record, exits, kind = 'auto' } = request;
  if (exits) return { artifacts: await withExits(request, exits), images: undefined };
  const layers = await layersOf(request);
  if (!Array.isArray(layers)) return { artifacts: layers, images: undefined };
  if (record && kind !== 'layers') return graphArtifacts(request, record);
  const why =
    layers.length > 0
      ? `Plain tfjs has no layer ${listed(layers, 3)}, which the task "${task.name}" ends in.`
      : 'A graph of ops has to be recorded.';
  throw new UnderstoryError(
    'export',
    kind === 'layers'
      ? `${why} Take kind=graph.`
      : `${why} Give exportModel() the function recordGraph of @understory/engine as its option record, or use: understory export <run>.`,
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

/** What was written for plain tfjs. */
export interface ExportedModel {
  readonly kind: 'layers-model' | 'graph-model';
  /** How many images it takes at once; any number where undefined. */
  readonly images: number | undefined;
}

/**
 * Writes `model.json` and `weights.bin`, which plain `tf.loadLayersModel` reads, and the class names in `classes.json`. What ends
 * in more than tfjs's layers, a detector, is written for `tf.loadGraphModel` instead, where `record` is given (`recordGraph` of
 * @understory/engine). With `exits`, it is the model that `exitsModel` makes. Errors: `export`.
 */
export const writeModel = async (
  { task, ...network }: ExportedNetwork,
  dataset: ExportedDataset,
  folder: string,
  options: ExportModelOptions = {},
): Promise<ExportedModel> => {
  const { artifacts, images } = await artifactsOf({ network, task, dataset, ...options });
  await writeArtifacts(folder, roundedWeights(artifacts, options.weights ?? 'float32'));
  await writeFile(path.join(folder, 'classes.json'), JSON.stringify(dataset.classes));
  return { kind: artifacts.format === 'graph-model' ? 'graph-model' : 'layers-model', images };
};

/** As `writeModel`; gives which of the two kinds it is. */
export const exportModel = async (
  network: ExportedNetwork,
  dataset: ExportedDataset,
  folder: string,
  options: ExportModelOptions = {},
): Promise<ExportedModel['kind']> => (await writeModel(network, dataset, folder, options)).kind;
