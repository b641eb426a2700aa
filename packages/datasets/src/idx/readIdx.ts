import { createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { badDataset, shortPath } from '../errors.ts';
import type { FileSource } from '../sources/fileSource.ts';

/** Numbers of one file: unsigned bytes of some shape. */
export interface Idx {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Most that a file may hold, in bytes: four times EMNIST's largest. */
const MAX_BYTES = 2 ** 31;
const MAX_DIMENSIONS = 4;
/** Types of the numbers, by the third byte of a file. */
const TYPES: Readonly<Record<number, string>> = {
  0x08: 'unsigned bytes',
  0x09: 'signed bytes',
  0x0b: 'shorts',
  0x0c: 'ints',
  0x0d: 'floats',
  0x0e: 'doubles',
};

/** The bytes of a file, unfolded where it is packed by gzip. */
const bytesOf = (source: FileSource, index: number, isPacked: boolean): AsyncIterable<Uint8Array> => {
  const chunks = source.chunks(index);
  if (!isPacked) return chunks;
  const packed = Readable.from(chunks);
  const gunzip = createGunzip();
  packed.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => packed.destroy());
  return packed.pipe(gunzip);
};

type FileError = (what: string) => Error;

/** The shape that a header tells, and its length in bytes; undefined where more of it has to come. */
const headerOf = (
  head: Uint8Array,
  bad: FileError,
): { readonly shape: readonly number[]; readonly length: number } | undefined => {
  if (head.length < 4) return undefined;
  const [zero, nought, type = 0, dimensions = 0] = head;
  if (zero !== 0 || nought !== 0 || TYPES[type] === undefined)
    throw bad('it is no IDX file by its first bytes');
  if (type !== 0x08) throw bad(`its numbers are ${TYPES[type]}, and images and labels are unsigned bytes`);
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) throw bad(`it claims ${dimensions} dimensions`);
  const length = 4 + 4 * dimensions;
  if (head.length < length) return undefined;
  const view = new DataView(head.buffer, head.byteOffset);
  return { shape: Array.from({ length: dimensions }, (_, d) => view.getUint32(4 + 4 * d)), length };
};

const shown = (shape: readonly number[]): string => shape.join(' x ');

/** Grows by doubling, so that no header decides how much memory is taken. */
const grown = (buffer: Uint8Array, used: number, needed: number, most: number): Uint8Array => {
  if (needed <= buffer.length) return buffer;
  const larger = new Uint8Array(Math.min(most, Math.max(2 * buffer.length, needed)));
  larger.set(buffer.subarray(0, used));
  return larger;
};

/** Collects what follows a header, which says how many bytes these are. */
const collect = async (chunks: AsyncIterable<Uint8Array>, bad: FileError): Promise<Idx> => {
  let buffer: Uint8Array = new Uint8Array(2 ** 16);
  let used = 0;
  let header: ReturnType<typeof headerOf>;
  let wanted = Infinity;
  for await (const chunk of chunks) {
    const most = Math.min(wanted, MAX_BYTES);
    if (used + chunk.length > most)
      throw bad(header ? `it holds more than its header says, ${shown(header.shape)}` : 'it is too large');
    buffer = grown(buffer, used, used + chunk.length, most);
    buffer.set(chunk, used);
    used += chunk.length;
    header ??= headerOf(buffer.subarray(0, used), bad);
    if (!header || wanted < Infinity) continue;
    wanted = header.shape.reduce((a, b) => a * b, 1) + header.length;
    if (wanted > MAX_BYTES) throw bad(`its header claims ${shown(header.shape)} bytes, over 2 GB`);
    if (used > wanted) throw bad(`it holds more than its header says, ${shown(header.shape)}`);
  }
  if (!header) throw bad('it ends in its header');
  if (used < wanted)
    throw bad(`its header says ${shown(header.shape)}, and ${wanted - used} of these bytes are missing`);
  return { shape: header.shape, data: buffer.subarray(header.length, used) };
};

/** Reads a file of IDX's format, packed or not, whole. Errors: `bad-dataset`. */
export const readIdx = async (source: FileSource, index: number): Promise<Idx> => {
  const path = source.files[index]?.path ?? '';
  const bad: FileError = (what) =>
    badDataset(source.name, `${shortPath(path)} cannot be read: ${what}; download it again`);
  try {
    return await collect(bytesOf(source, index, /\.gz$/i.test(path)), bad);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const code = String(error.code);
    throw code.startsWith('Z_') ? bad(`its compressed data is damaged or cut off (${error.message})`) : error;
  }
};
