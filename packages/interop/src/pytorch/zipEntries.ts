import { fromBuffer, type Entry, type ZipFile } from 'yauzl';
import { UnderstoryError } from '@understory/core';
import { badPyTorch } from '../errors.ts';

/** More files than any checkpoint has tensors. */
const MAX_ENTRIES = 200_000;

const open = (bytes: Uint8Array): Promise<ZipFile> =>
  new Promise((resolve, reject) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    // Names are checked for climbing and absolute paths, sizes for plausibility, by the reader itself.
    fromBuffer(buffer, { lazyEntries: true, validateEntrySizes: true }, (error: Error | null, zip) => {
      if (error) reject(error);
      else resolve(zip);
    });
  });

const dataStart = (zip: ZipFile, entry: Entry): Promise<number> =>
  new Promise((resolve, reject) => {
    zip.readLocalFileHeader(entry, { minimal: true }, (error, header) => {
      if (error) reject(error);
      else resolve(header.fileDataStart);
    });
  });

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

/** Where an entry's bytes lie. PyTorch stores them as they are; what is compressed could unfold without bound. */
const sliceOf = async (bytes: Uint8Array, zip: ZipFile, entry: Entry): Promise<Uint8Array> => {
  if (entry.compressionMethod !== 0 || entry.isEncrypted()) {
    throw badPyTorch(
      `${JSON.stringify(entry.fileName)} is compressed or encrypted, which PyTorch never does; unpack it and pack it without compression (zip -0)`,
    );
  }
  const start = await dataStart(zip, entry);
  const end = start + entry.uncompressedSize;
  if (end > bytes.length)
    throw badPyTorch(`${JSON.stringify(entry.fileName)} reaches past the end of the file`);
  return bytes.subarray(start, end);
};

/** Runs on an open archive, whose own complaints become ours. Errors: `bad-pytorch`. */
const withArchive = async <T>(bytes: Uint8Array, use: (zip: ZipFile) => Promise<T>): Promise<T> => {
  try {
    const zip = await open(bytes);
    if (zip.entryCount > MAX_ENTRIES) throw badPyTorch(`it claims ${zip.entryCount} entries`);
    return await use(zip);
  } catch (error) {
    if (error instanceof UnderstoryError) throw error;
    throw badPyTorch(damage(error));
  }
};

const damage = (error: unknown): string => {
  const what = error instanceof Error ? error.message.slice(0, 150) : String(error);
  return /end of central directory/i.test(what)
    ? 'its zip archive has no end: the file is cut off. Download or copy it again'
    : `its zip archive is damaged (${what}). Download or copy it again`;
};

/** Names in a zip archive. Errors: `bad-pytorch`. */
export const zipNames = (bytes: Uint8Array): Promise<string[]> =>
  withArchive(bytes, async (zip) => (await list(zip)).map(({ fileName }) => fileName));

/**
 * The wanted files of a zip archive by name, as views of its bytes: nothing is copied. Names that climb are refused
 * wherever they stand, names that repeat and compressed data where they are wanted. Errors: `bad-pytorch`.
 */
export const zipEntries = (bytes: Uint8Array, wanted: RegExp): Promise<Map<string, Uint8Array>> =>
  withArchive(bytes, async (zip) => {
    const files = new Map<string, Uint8Array>();
    for (const entry of await list(zip)) {
      if (!wanted.test(entry.fileName)) continue;
      if (files.has(entry.fileName)) throw badPyTorch(`it holds ${JSON.stringify(entry.fileName)} twice`);
      files.set(entry.fileName, await sliceOf(bytes, zip, entry));
    }
    return files;
  });
