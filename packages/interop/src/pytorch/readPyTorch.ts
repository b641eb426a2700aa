import { decodeElements, type NdArray, type NdArrays } from '@understory/core';
import { badPyTorch } from '../errors.ts';
import { elementsOf } from './elementsOf.ts';
import { Dict } from './pickleValues.ts';
import { readPickle } from './readPickle.ts';
import { TensorView, torchRules } from './torchRules.ts';
import { zipEntries } from './zipEntries.ts';

export interface PyTorchFile {
  /** By their path in the file's dictionaries, joined by `.`: `state_dict.conv1.weight`. */
  readonly tensors: NdArrays;
  /** Single numbers and texts that lie beside them, as text: `epoch`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The pickle, the numbers and their byte order, all in one folder. */
const WANTED = /^[^/]+\/(?:data\.pkl|byteorder|data\/[^/]+)$/;
const MAX_DEPTH = 32;
/** Tensors may share storage (tied weights); all of them together may take so many times the file's size. */
const MAX_SHARING = 8;

interface Found {
  readonly tensors: Map<string, TensorView>;
  readonly metadata: Map<string, string>;
}

/** Walks dictionaries and lists; each once, so that no knot of references makes it long. */
const collect = (value: unknown, path: readonly string[], found: Found, seen = new Set()): Found => {
  const name = path.join('.');
  if (value instanceof TensorView) found.tensors.set(name, value);
  else if (typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint') {
    if (path.length <= 2) found.metadata.set(name, String(value).slice(0, 1000));
  }
  if (!(value instanceof Dict || Array.isArray(value)) || seen.has(value)) return found;
  if (path.length > MAX_DEPTH) throw badPyTorch(`its dictionaries are nested more than ${MAX_DEPTH} deep`);
  seen.add(value);
  const children: Iterable<[unknown, unknown]> = value instanceof Dict ? value.entries : value.entries();
  for (const [key, child] of children) {
    if (typeof key === 'string' || typeof key === 'number')
      collect(child, [...path, String(key)], found, seen);
  }
  return found;
};

const folderOf = (files: ReadonlyMap<string, Uint8Array>): string => {
  const pickles = [...files.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) throw badPyTorch('it is a zip archive without one data.pkl in it');
  return pickles[0]!.slice(0, -'data.pkl'.length);
};

/**
 * Reads the tensors of a file that `torch.save` wrote (PyTorch 1.6 or later, a zip archive), without running anything
 * of it. Errors: `bad-pytorch`, `unsafe-pickle` where the file asks for a call, `bad-tensor`.
 */
export const readPyTorch = async (bytes: Uint8Array): Promise<PyTorchFile> => {
  const files = await zipEntries(bytes, WANTED);
  const folder = folderOf(files);
  const order = new TextDecoder().decode(files.get(`${folder}byteorder`) ?? new Uint8Array(0)).trim();
  if (order !== '' && order !== 'little') throw badPyTorch(`it was written by a ${order}-endian machine`);
  const value = readPickle(files.get(`${folder}data.pkl`)!, torchRules);
  const root = value instanceof TensorView ? [value] : value;
  const { tensors, metadata } = collect(root, [], { tensors: new Map(), metadata: new Map() });
  let room = MAX_SHARING * bytes.length;
  const read = ([name, view]: [string, TensorView]): [string, NdArray] => {
    const storage = files.get(`${folder}data/${view.storage.key}`);
    if (!storage) throw badPyTorch(`the storage of tensor ${JSON.stringify(name)} is missing`);
    const buffer = elementsOf(view, storage, name, room);
    room -= buffer.byteLength;
    return [name, { shape: view.shape, ...decodeElements(view.code, buffer, name) }];
  };
  return { tensors: Object.fromEntries([...tensors].map(read)), metadata: Object.fromEntries(metadata) };
};
