import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { badArchive } from '../errors.ts';

/** Bytes with random access. */
export interface Bytes {
  readonly length: number;
  /** Fewer bytes than asked only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Most that a compressed archive may unfold to in memory; larger ones are to be unpacked by hand. */
const MAX_INFLATED = 2 ** 31;

/** Reads from a place on; fewer bytes than wanted only at the file's end. */
export const readAt = async (handle: FileHandle, offset: number, wanted: number): Promise<Uint8Array> => {
  const buffer = new Uint8Array(Math.max(0, wanted));
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
};

const fileBytes = (handle: FileHandle, length: number): Bytes => ({
  length,
  read: (offset, count) => readAt(handle, offset, Math.min(count, length - offset)),
  close: () => handle.close(),
});

/** A part of other bytes, which stay open. */
export const windowBytes = (bytes: Bytes, from: number, length: number): Bytes => ({
  length,
  read: (offset, count) => bytes.read(from + offset, Math.max(0, Math.min(count, length - offset))),
  close: () => Promise.resolve(),
});

export const memoryBytes = (buffer: Uint8Array): Bytes => ({
  length: buffer.length,
  read: (offset, count) => Promise.resolve(buffer.subarray(offset, offset + count)),
  close: () => Promise.resolve(),
});

/** Collects a stream, growing by doubling, so that no header decides how much is taken. */
const collect = async (
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  most: number,
): Promise<Uint8Array> => {
  let buffer = new Uint8Array(2 ** 20);
  let length = 0;
  for await (const chunk of chunks) {
    const needed = length + chunk.length;
    if (needed > most) {
      throw badArchive(
        path,
        `it unfolds to more than ${most / 2 ** 20} MB; unpack it (gunzip) and give the .tar`,
      );
    }
    if (needed > buffer.length) {
      const larger = new Uint8Array(Math.min(most, Math.max(2 * buffer.length, needed)));
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(chunk, length);
    length = needed;
  }
  return buffer.subarray(0, length);
};

const FOLLOWS = 'something else follows its compressed data; unpack it (gunzip) and give the .tar';

const isAbort = ({ name }: Error): boolean => name === 'AbortError';

/** Unfolds gzip data in memory. */
const inflate = async (path: string, input: Readable, most: number): Promise<Uint8Array> => {
  const outcome: { bytes?: Uint8Array } = {};
  let given = 0;
  const reasons: Error[] = [];
  const note = (error: unknown): void =>
    void reasons.push(error instanceof Error ? error : new Error(String(error)));
  const consume = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    outcome.bytes = await collect(path, chunks, most).catch((error: unknown) => {
      note(error);
      throw error;
    });
  };
  const count = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      given += chunk.length;
      yield chunk;
    }
  };
  // What ends one part aborts the others: the reason is the first error that is no abort, wherever it arose.
  const gunzip = createGunzip().on('error', note);
  await pipeline(input.on('error', note), count, gunzip, consume).catch(note);
  const reason = reasons.find((error) => !isAbort(error));
  if (reason !== undefined) throw reason;
  // Zeros behind the end close the unfolder without an error of its own: early enough to abort the input, or not.
  if (reasons.length > 0 || gunzip.bytesWritten < given) throw badArchive(path, FOLLOWS);
  return outcome.bytes!;
};

const damageOf = ({ code, message }: NodeJS.ErrnoException): string => {
  // The first header was seen to be one: this is what comes behind the end.
  if (message === 'incorrect header check') return FOLLOWS;
  const what = code === 'Z_BUF_ERROR' ? 'cut off' : 'damaged';
  return `its compressed data is ${what} (${message}); download it again`;
};

/** Unfolds gzip data in memory, so that it is there at any place. Errors: `bad-archive`. */
export const inflatedBytes = async (path: string, input: Readable, most = MAX_INFLATED): Promise<Bytes> => {
  try {
    return memoryBytes(await inflate(path, input, most));
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw badArchive(path, damageOf(error as NodeJS.ErrnoException));
    }
    throw error;
  }
};

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** Opens a file for random access; a gzip file is unfolded in memory first. Errors: `bad-archive`. */
export const openBytes = async (path: string, most = MAX_INFLATED): Promise<Bytes> => {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const bytes = fileBytes(handle, size);
    if (!isGzip(await bytes.read(0, 2))) return bytes;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return inflatedBytes(path, createReadStream(path), most);
};
