import { readFile } from 'node:fs/promises';
import { decodeSafetensors, UnderstoryError, type NdArrays } from '@understory/core';
import { readPyTorch } from '../pytorch/readPyTorch.ts';

export interface Weights {
  readonly format: 'safetensors' | 'pytorch';
  /** By the names that the file has, in its own layouts (PyTorch's: output, input, height, width). */
  readonly tensors: NdArrays;
  readonly metadata: Readonly<Record<string, string>>;
}

const startsWith = (bytes: Uint8Array, ...magic: number[]): boolean =>
  magic.every((byte, i) => bytes[i] === byte);
/** A pickle's first bytes: PyTorch before 1.6 wrote five pickles in a row. */
const isPickle = (bytes: Uint8Array): boolean => startsWith(bytes, 0x80) && bytes[1]! <= 5;
const isHdf5 = (bytes: Uint8Array): boolean => startsWith(bytes, 0x89, 0x48, 0x44, 0x46);
/** Tar archives, which PyTorch before 0.1.10 wrote, say so at byte 257. */
const isTar = (bytes: Uint8Array): boolean =>
  bytes.length > 262 && startsWith(bytes.subarray(257), 0x75, 0x73, 0x74, 0x61, 0x72);

const bytesAt = async (path: string): Promise<Uint8Array> => {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new UnderstoryError('bad-weights', `No file at ${path}. Give the path of a weights file.`, {
      cause,
    });
  }
};

const foreign = (what: string): UnderstoryError => new UnderstoryError('bad-weights', what);

/**
 * Reads a weights file by what is in it, whatever its name: safetensors, or PyTorch's zip format (`.pt`, `.pth`, `.bin`),
 * of which only tensors are read and nothing is run. `source` is a path or the file's bytes.
 * Errors: `bad-weights` for other formats, with the cure; `bad-safetensors`, `bad-pytorch`, `unsafe-pickle`, `bad-tensor`.
 */
export const readWeights = async (source: string | Uint8Array): Promise<Weights> => {
  const bytes = typeof source === 'string' ? await bytesAt(source) : source;
  if (startsWith(bytes, 0x50, 0x4b)) return { format: 'pytorch', ...(await readPyTorch(bytes)) };
  if (isPickle(bytes) || isTar(bytes)) {
    throw foreign(
      'This file is in PyTorch’s format from before version 1.6, a chain of pickles. Save it again with a current one: ' +
        'torch.save(torch.load(file, map_location="cpu", weights_only=True), file).',
    );
  }
  if (isHdf5(bytes)) {
    throw foreign(
      'This is an HDF5 file, as Keras writes it. Convert it with tensorflowjs_converter --input_format=keras and read ' +
        'the model.json that it writes with readLayersModel().',
    );
  }
  return { format: 'safetensors', ...decodeSafetensors(bytes) };
};
