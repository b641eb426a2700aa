import { io } from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { UnderstoryError } from '@understory/core';
import { nestingFault, topologyFault } from './checkTopology.ts';
import { plainTopology } from './plainTopology.ts';
import { bytesOf, longestSide, weightGroups, type WeightGroup } from './weightSpecs.ts';

/** Longest model.json that is read, in bytes. */
const MAX_JSON = 2 ** 27;

/** An error of a model's files, with the cure. */
export const badModel = (file: string, what: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError(
    'bad-model',
    `${file}: ${what}. Give the model.json that tensorflowjs_converter or model.save() of tfjs wrote, its weight files beside it.`,
    { cause },
  );

/** The first line of an error that is not ours, shortened. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 150).replace(/\.$/, '');

/** A `model.json`. */
export interface ParsedModel {
  readonly topology: object;
  readonly groups: readonly WeightGroup[];
}

export const parseModel = (json: Uint8Array, file: string): ParsedModel => {
  if (json.length > MAX_JSON) throw badModel(file, `its description has more than ${MAX_JSON} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(json));
  } catch (cause) {
    throw badModel(file, reasonOf(cause), cause);
  }
  const { modelTopology: topology, weightsManifest } = (value ?? {}) as Record<string, unknown>;
  const groups = weightGroups(weightsManifest);
  if (typeof topology === 'object' && topology !== null && !Array.isArray(topology) && groups)
    return { topology, groups };
  throw badModel(file, 'no layers model with weights');
};

export const buildModel = async (
  { topology, groups }: ParsedModel,
  weights: Uint8Array,
  file: string,
): Promise<LayersModel> => {
  const specs = groups.flatMap((group) => group.weights);
  const needed = bytesOf(specs);
  if (needed !== weights.length)
    throw badModel(file, `its weights take ${needed} bytes, its weight files have ${weights.length}`);
  try {
    const deep = nestingFault(topology);
    if (deep !== undefined) throw badModel(file, deep);
    const modelTopology = plainTopology(topology);
    const fault = topologyFault(modelTopology, longestSide(specs));
    if (fault !== undefined) throw badModel(file, fault);
    const weightData = new Uint8Array(weights).buffer;
    return await loadLayersModel(io.fromMemory({ modelTopology, weightSpecs: [...specs], weightData }));
  } catch (cause) {
    if (cause instanceof UnderstoryError) throw cause;
    throw badModel(file, `tfjs cannot build it (${reasonOf(cause) || 'it does not say why'})`, cause);
  }
};

/**
 * A model from the bytes of a `model.json` and those of its weight files, one after the other. `file` names it in errors.
 * Errors: `bad-model`.
 */
export const decodeLayersModel = async (
  json: Uint8Array,
  weights: Uint8Array,
  file = 'model.json',
): Promise<LayersModel> => buildModel(parseModel(json, file), weights, file);
