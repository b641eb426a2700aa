import { elementWidth } from '@understory/core';
import { ByteReader, Dict, readPickle, type PickleRules } from '@understory/core/pickle';
import { badPyTorch } from '../errors.ts';
import { Storage } from './tensorView.ts';

/** What PyTorch before 1.6 wrote first, and its version of that format. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
/** More storages than any checkpoint has. */
const MAX_STORAGES = 200_000;

/** The first value of a file that begins with a pickle. */
const firstValue = (bytes: Uint8Array, rules: PickleRules): unknown => {
  try {
    return readPickle(new ByteReader(bytes, badPyTorch), rules);
  } catch {
    return undefined;
  }
};

/** Whether a file is of the format from before 1.6: a chain of pickles, then numbers. */
export const isLegacy = (bytes: Uint8Array, rules: PickleRules): boolean =>
  firstValue(bytes.subarray(0, 64), rules) === MAGIC;

/** What a file holds beside its numbers, and those. */
export interface TorchContent {
  readonly value: unknown;
  /** Bytes of each storage by its key; views of the file's own. */
  readonly storages: ReadonlyMap<string, Uint8Array>;
}

const isLittle = (system: unknown): boolean =>
  !(system instanceof Dict) ||
  system.entries.every(([key, value]) => key !== 'little_endian' || value === true);

/** The numbers of each storage: how many there are, in eight bytes, and they. */
const storagesIn = (
  reader: ByteReader,
  keys: readonly unknown[],
  widths: ReadonlyMap<string, number | undefined>,
): Map<string, Uint8Array> => {
  const storages = new Map<string, Uint8Array>();
  for (const key of keys.map(String)) {
    if (!widths.has(key))
      throw badPyTorch(`its list of storages names ${JSON.stringify(key)}, which no tensor has`);
    const width = widths.get(key);
    const count = reader.uint64();
    if (width === undefined)
      throw badPyTorch(`where storage ${JSON.stringify(key)} ends cannot be told from its type`);
    storages.set(key, reader.bytes(count * width));
  }
  return storages;
};

/** Bytes of an element: of storages that are not read too, so that the next one is found. */
const widthOf = ({ code, type }: Storage): number | undefined => {
  if (code !== undefined) return elementWidth(code);
  if (/Untyped|QU?Int8|Float8/.test(type)) return 1;
  if (/ComplexDouble/.test(type)) return 16;
  return /ComplexFloat/.test(type) ? 8 : /QInt32/.test(type) ? 4 : undefined;
};

/**
 * Reads the format from before PyTorch 1.6: a magic number, a version, what the machine was, the values, the keys of the
 * storages, and each one's numbers. Errors: `bad-pytorch`, `unsafe-pickle`.
 */
export const readLegacy = (bytes: Uint8Array, rules: PickleRules): TorchContent => {
  const reader = new ByteReader(bytes, badPyTorch, 'it');
  const widths = new Map<string, number | undefined>();
  const resolve = (id: unknown): unknown => {
    const made = rules.resolve(id);
    if (made instanceof Storage) widths.set(made.key, widthOf(made));
    return made;
  };
  readPickle(reader, rules); // the magic number
  const version = readPickle(reader, rules);
  if (version !== VERSION) throw badPyTorch(`it is of version ${JSON.stringify(version)}, not ${VERSION}`);
  if (!isLittle(readPickle(reader, rules))) throw badPyTorch('it was written by a big-endian machine');
  const value = readPickle(reader, { ...rules, resolve });
  const keys = readPickle(reader, rules);
  if (!Array.isArray(keys) || keys.length > MAX_STORAGES)
    throw badPyTorch('it has no sound list of storages');
  return { value, storages: storagesIn(reader, keys, widths) };
};
