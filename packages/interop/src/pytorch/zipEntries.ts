import { fromBuffer, type Entry, type ZipFile } from 'yauzl';
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
      `${JSON.stringify(entry.fileName)} is compressed or encrypted, which PyTorch never does`,
    );
  }
  const start = await dataStart(zip, entry);
  const end = start + entry.uncompressedSize;
  if (end > bytes.length)
    throw badPyTorch(`${JSON.stringify(entry.fileName)} reaches past the end of the file`);
  return bytes.subarray(start, end);
};

/**
 * The wanted files of a zip archive by name, as views of its bytes: nothing is copied. Names that climb are refused
 * wherever they stand, names that repeat and compressed data where they are wanted. Errors: `bad-pytorch`.
 */
export const zipEntries = async (bytes: Uint8Array, wanted: RegExp): Promise<Map<string, Uint8Array>> => {
  const files = new Map<string, Uint8Array>();
  try {
    const zip = await open(bytes);
    if (zip.entryCount > MAX_ENTRIES) throw badPyTorch(`it claims ${zip.entryCount} entries`);
    for (const entry of await list(zip)) {
      if (!wanted.test(entry.fileName)) continue;
      if (files.has(entry.fileName)) throw badPyTorch(`it holds ${JSON.stringify(entry.fileName)} twice`);
      files.set(entry.fileName, await sliceOf(bytes, zip, entry));
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'UnderstoryError') throw error;
    throw badPyTorch(
      `its zip archive is damaged (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  return files;
};
