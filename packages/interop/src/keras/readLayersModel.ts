import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { joinBytes, UnderstoryError } from '@understory/core';
import { nestingFault, topologyFault } from './checkTopology.ts';
import { plainTopology } from './plainTopology.ts';
import { bytesOf, longestSide, weightGroups, type WeightGroup } from './weightSpecs.ts';

/** Longest model.json that is read, in bytes. */
const MAX_JSON = 2 ** 27;

const badModel = (file: string, what: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError(
    'bad-model',
    `${file}: ${what}. Give the model.json that tensorflowjs_converter or model.save() of tfjs wrote, its weight files beside it.`,
    { cause },
  );

/** The first line of an error that is not ours, shortened. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 150).replace(/\.$/, '');

interface Parsed {
  readonly topology: object;
  readonly groups: readonly WeightGroup[];
}

const parse = (json: Uint8Array, file: string): Parsed => {
  if (json.length > MAX_JSON) throw badModel(file, `its description has more than ${MAX_JSON} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(json).toString('utf8'));
  } catch (cause) {
    throw badModel(file, reasonOf(cause), cause);
  }
  const { modelTopology: topology, weightsManifest } = (value ?? {}) as Record<string, unknown>;
  const groups = weightGroups(weightsManifest);
  if (typeof topology === 'object' && topology !== null && !Array.isArray(topology) && groups)
    return { topology, groups };
  throw badModel(file, 'no layers model with weights');
};

/** A weight file lies beside its model.json: a name that leads elsewhere is refused. */
const beside = (file: string, name: string): string => {
  const isPlain = name === path.basename(name) && !['', '.', '..'].includes(name) && !/[\\/\0]/.test(name);
  if (isPlain) return path.join(path.dirname(file), name);
  throw badModel(file, `its weight file ${JSON.stringify(name.slice(0, 60))} lies in another folder`);
};

const build = async (
  { topology, groups }: Parsed,
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
): Promise<LayersModel> => build(parse(json, file), weights, file);

/**
 * Reads a `model.json` with its weights from a folder: plain tfjs's own, or one converted from Keras 2 or 3. The model
 * can be given to `fromLayersModel` of `@understory/backbones`.
 * Errors: `bad-model`, with what is missing, and with what tfjs says of layers that it does not know.
 */
export const readLayersModel = async (file: string): Promise<LayersModel> => {
  const read = (name: string): Promise<Uint8Array> =>
    readFile(name).catch((cause: unknown) => Promise.reject(badModel(file, reasonOf(cause), cause)));
  const parsed = parse(await read(file), file);
  const names = parsed.groups.flatMap(({ paths }) => paths.map((name) => beside(file, name)));
  const parts: Uint8Array[] = [];
  for (const name of names) parts.push(await read(name));
  return build(parsed, joinBytes(parts), file);
};
