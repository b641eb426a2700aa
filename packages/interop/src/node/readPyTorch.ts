import { decodeElements, UnderstoryError, type NdArray, type NdArrays } from '@understory/core';
import { ByteReader, readPickle } from '@understory/core/pickle';
import { badPyTorch } from '../errors.ts';
import { collect } from '../pytorch/collect.ts';
import { elementsOf } from '../pytorch/elementsOf.ts';
import { isLegacy, readLegacy, type TorchContent } from '../pytorch/legacyFile.ts';
import { TensorView } from '../pytorch/tensorView.ts';
import { torchRules } from '../pytorch/torchRules.ts';
import type { LeftOut } from '../weights/weights.ts';
import { openArchive } from './zipEntries.ts';
import { zipKind } from '../pytorch/zipKinds.ts';

export interface PyTorchFile {
  /** By their path in the file's dictionaries, joined by `.`: `state_dict.conv1.weight`. */
  readonly tensors: NdArrays;
  /** Single numbers and texts that lie beside them, as text: `epoch`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly leftOut: readonly LeftOut[];
}

/** The pickle, the numbers and their byte order, all in one folder. */
const WANTED = /^[^/]+\/(?:data\.pkl|byteorder|data\/[^/]+)$/;
/** Tensors may share storage (tied weights); all of them together may take so many times the file's size. */
const MAX_SHARING = 8;

const folderOf = (files: ReadonlyMap<string, Uint8Array>): string => {
  const pickles = [...files.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) throw badPyTorch('it is a zip archive without one data.pkl in it');
  return pickles[0]!.slice(0, -'data.pkl'.length);
};

const readArchive = async (bytes: Uint8Array): Promise<TorchContent> => {
  const archive = await openArchive(bytes);
  if (!archive.names.some((name) => /(?:^|\/)data\.pkl$/.test(name)))
    throw new UnderstoryError('bad-weights', `This file ${zipKind(archive.names)}`);
  const files = archive.files(WANTED);
  const folder = folderOf(files);
  const order = new TextDecoder().decode(files.get(`${folder}byteorder`) ?? new Uint8Array(0)).trim();
  if (order !== '' && order !== 'little')
    throw badPyTorch(`it was written by a ${order.slice(0, 20)}-endian machine`);
  const value = readPickle(new ByteReader(files.get(`${folder}data.pkl`)!, badPyTorch), torchRules);
  const start = `${folder}data/`;
  const numbers = [...files].filter(([name]) => name.startsWith(start));
  return { value, storages: new Map(numbers.map(([name, data]) => [name.slice(start.length), data])) };
};

/** Whether bytes that begin with a pickle are what PyTorch before 1.6 wrote. */
export const isLegacyPyTorch = (bytes: Uint8Array): boolean => isLegacy(bytes, torchRules);

/**
 * Reads the tensors of a file that `torch.save` wrote, a zip archive or the chain of pickles of before 1.6, without
 * running anything of it. What is no tensor stays inert and is named in `leftOut`, as are tensors that these arrays
 * cannot hold. Errors: `bad-pytorch`; `unsafe-pickle` where the file asks for a call that can do harm.
 */
export const readPyTorch = async (bytes: Uint8Array): Promise<PyTorchFile> => {
  const { value, storages } = bytes[0] === 0x80 ? readLegacy(bytes, torchRules) : await readArchive(bytes);
  const found = collect(value instanceof TensorView ? [value] : value);
  const leftOut: LeftOut[] = [
    ...[...found.unread].map(([name, why]) => ({ name, kind: 'tensor' as const, why })),
    ...[...found.inert].map(([name, why]) => ({ name, kind: 'object' as const, why })),
  ];
  let room = MAX_SHARING * bytes.length;
  const read = ([name, view]: [string, TensorView]): [string, NdArray][] => {
    const storage = storages.get(view.storage.key);
    if (!storage) throw badPyTorch(`the storage of tensor ${JSON.stringify(name)} is missing`);
    const buffer = elementsOf(view, storage, name, room);
    room -= buffer.byteLength;
    try {
      return [[name, { shape: view.shape, ...decodeElements(view.code, buffer, name) }]];
    } catch (error) {
      if (!(error instanceof UnderstoryError)) throw error;
      leftOut.push({ name, kind: 'tensor', why: error.message });
      return [];
    }
  };
  const tensors = Object.fromEntries([...found.tensors].flatMap(read));
  return { tensors, metadata: Object.fromEntries(found.metadata), leftOut };
};
