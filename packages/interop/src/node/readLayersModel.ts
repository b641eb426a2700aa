import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { joinBytes } from '@understory/core';
import { badModel, buildModel, parseModel, reasonOf } from '../keras/decodeLayersModel.ts';

/** A weight file lies beside its model.json: a name that leads elsewhere is refused. */
const beside = (file: string, name: string): string => {
  const isPlain = name === path.basename(name) && !['', '.', '..'].includes(name) && !/[\\/\0]/.test(name);
  if (isPlain) return path.join(path.dirname(file), name);
  throw badModel(file, `its weight file ${JSON.stringify(name.slice(0, 60))} lies in another folder`);
};

/**
 * Reads a `model.json` with its weights from a folder: plain tfjs's own, or one converted from Keras 2 or 3. The model
 * can be given to `fromLayersModel` of `@understory/backbones`.
 * Errors: `bad-model`, with what is missing, and with what tfjs says of layers that it does not know.
 */
export const readLayersModel = async (file: string): Promise<LayersModel> => {
  const read = (name: string): Promise<Uint8Array> =>
    readFile(name).catch((cause: unknown) => Promise.reject(badModel(file, reasonOf(cause), cause)));
  const parsed = parseModel(await read(file), file);
  const names = parsed.groups.flatMap(({ paths }) => paths.map((name) => beside(file, name)));
  const parts: Uint8Array[] = [];
  for (const name of names) parts.push(await read(name));
  return buildModel(parsed, joinBytes(parts), file);
};
