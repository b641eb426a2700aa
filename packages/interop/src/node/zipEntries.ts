import type { Entry, ZipFile } from 'yauzl';
import { UnderstoryError } from '@understory/core';
import { badPyTorch } from '../errors.ts';

/** More files than any checkpoint has tensors; listing so many takes half a second. */
const MAX_ENTRIES = 65_535;

const open = async (bytes: Uint8Array): Promise<ZipFile> => {
  const { fromBuffer } = await import('yauzl');
  return new Promise((resolve, reject) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    // Names are checked for climbing and absolute paths, sizes for plausibility, by the reader itself.
    fromBuffer(buffer, { lazyEntries: true, validateEntrySizes: true }, (error: Error | null, zip) => {
      if (error) reject(error);
      else resolve(zip);
    });
  });
};

const list = (zip: ZipFile): Promise<Entry[]> =>
  new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on('error', reject);
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.readEntry();
  });

/** An entry begins with a header of its own, whose name and extra field may be of other lengths than in the list. */
const dataStart = (bytes: Uint8Array, at: number): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (at + 30 > bytes.length || view.getUint32(at, true) !== 0x04034b50)
    throw badPyTorch('its zip archive lists an entry where none is');
  return at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
};

/** Where an entry's bytes lie. PyTorch stores them as they are; what is compressed could unfold without bound. */
const sliceOf = (bytes: Uint8Array, entry: Entry): Uint8Array => {
  const name = JSON.stringify(entry.fileName.slice(0, 80));
  if (entry.compressionMethod !== 0 || entry.isEncrypted()) {
    throw badPyTorch(
      `${name} is compressed or encrypted, which PyTorch never does; unpack it and pack it without compression (zip -0)`,
    );
  }
  const start = dataStart(bytes, entry.relativeOffsetOfLocalHeader);
  const end = start + entry.uncompressedSize;
  if (end > bytes.length) throw badPyTorch(`${name} reaches past the end of the file`);
  return bytes.subarray(start, end);
};

const damage = (error: unknown): string => {
  const what = error instanceof Error ? error.message.slice(0, 150) : String(error);
  return /end of central directory/i.test(what)
    ? 'its zip archive has no end: the file is cut off. Download or copy it again'
    : `its zip archive is damaged (${what}). Download or copy it again`;
};

/** A zip archive: the names in it, and the wanted of its files by name, as views of its bytes. */
export interface Archive {
  readonly names: readonly string[];
  readonly files: (wanted: RegExp) => Map<string, Uint8Array>;
}

const filesOf = (bytes: Uint8Array, entries: readonly Entry[], wanted: RegExp): Map<string, Uint8Array> => {
  const files = new Map<string, Uint8Array>();
  for (const entry of entries) {
    const { fileName: name } = entry;
    if (!wanted.test(name)) continue;
    if (files.has(name)) throw badPyTorch(`it holds ${JSON.stringify(name.slice(0, 80))} twice`);
    files.set(name, sliceOf(bytes, entry));
  }
  return files;
};

/**
 * Lists a zip archive; nothing of it is copied. Names that climb are refused wherever they stand, names that repeat and
 * compressed data where they are wanted. Errors: `bad-pytorch`.
 */
export const openArchive = async (bytes: Uint8Array): Promise<Archive> => {
  try {
    const zip = await open(bytes);
    if (zip.entryCount > MAX_ENTRIES) throw badPyTorch(`it claims ${zip.entryCount} entries`);
    const entries = await list(zip);
    return {
      names: entries.map(({ fileName }) => fileName),
      files: (wanted) => filesOf(bytes, entries, wanted),
    };
  } catch (error) {
    if (error instanceof UnderstoryError) throw error;
    throw badPyTorch(damage(error));
  }
};
