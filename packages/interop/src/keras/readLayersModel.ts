import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { UnderstoryError } from '@understory/core';
import { plainTopology } from './plainTopology.ts';

interface ModelJson {
  readonly modelTopology?: object;
  readonly weightsManifest?: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly io.WeightsManifestEntry[];
  }[];
}

const badModel = (file: string, what: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError(
    'bad-model',
    `${file}: ${what}. Give the model.json that tensorflowjs_converter or model.save() of tfjs wrote, its weight files beside it.`,
    { cause },
  );

const parse = async (file: string): Promise<ModelJson> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ModelJson;
  } catch (cause) {
    throw badModel(file, (cause as Error).message, cause);
  }
};

/** A weight file lies beside its model.json: a name that leads elsewhere is refused. */
const beside = (file: string, name: string): string => {
  if (name === path.basename(name) && name !== '..') return path.join(path.dirname(file), name);
  throw badModel(file, `its weight file "${name}" lies in another folder`);
};

/**
 * Reads a `model.json` with its weights from a folder: plain tfjs's own, or one converted from Keras 2 or 3. The model
 * can be given to `fromLayersModel` of `@understory/backbones`.
 * Errors: `bad-model`, with what is missing; tfjs's own for layers that it does not know.
 */
export const readLayersModel = async (file: string): Promise<LayersModel> => {
  const { modelTopology, weightsManifest } = await parse(file);
  if (!modelTopology || !Array.isArray(weightsManifest)) throw badModel(file, 'no layers model with weights');
  const groups = weightsManifest as NonNullable<ModelJson['weightsManifest']>;
  const names = groups.flatMap(({ paths }) => paths.map((name) => beside(file, name)));
  const parts = await Promise.all(
    names.map((name) =>
      readFile(name).catch((cause: unknown) =>
        Promise.reject(badModel(file, (cause as Error).message, cause)),
      ),
    ),
  );
  return loadLayersModel(
    io.fromMemory({
      modelTopology: plainTopology(modelTopology),
      weightSpecs: groups.flatMap(({ weights }) => weights),
      weightData: new Uint8Array(Buffer.concat(parts)).buffer,
    }),
  );
};
