import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { fileError, isSystemFault } from '@understory/core';
import { badArchive } from '../errors.ts';
import { EMPTY, TOO_LARGE, type FileSource } from '../sources/fileSource.ts';
import { openSource } from '../sources/openSource.ts';
import type { OfficialFile } from './officialDataset.ts';

export interface PrepareOptions {
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

const sizeOf = async (place: string): Promise<number | undefined> =>
  stat(place).then(
    ({ size }) => size,
    () => undefined,
  );

/** What a .tgz becomes. */
const tarOf = (name: string): string => name.replace(/\.(?:tgz|tar\.gz)$/i, '.tar');
/** Says that all of an archive was unpacked; hidden, so that no dataset takes it for its own. */
const markOf = (name: string): string => `.${name}.unpacked`;

/** Whether a file is no longer needed, since what is made of it is there. */
export const isPrepared = async ({ name, then }: OfficialFile, folder: string): Promise<boolean> => {
  if (then === undefined) return false;
  const made = then === 'gunzip' ? tarOf(name) : markOf(name);
  return (await sizeOf(path.join(folder, made))) !== undefined;
};

/** Pictures hardly shrink: an archive that unfolds to much more is none of these. */
const mostOf = (bytes: number): number => 4 * bytes + 2 ** 24;

const gunzip = async (
  { name, bytes }: OfficialFile,
  folder: string,
  options: PrepareOptions,
): Promise<void> => {
  const { signal, progress } = options;
  const [from, to] = [path.join(folder, name), path.join(folder, tarOf(name))];
  const packed = createReadStream(from, { highWaterMark: 2 ** 20 });
  const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let done = 0;
    for await (const chunk of chunks) {
      done += chunk.length;
      if (done > mostOf(bytes)) throw badArchive(from, `it unfolds to more than ${mostOf(bytes)} bytes`);
      progress(packed.bytesRead, bytes);
      yield chunk;
    }
  };
  // Not a part of the pipeline: zeros behind the compressed data, which tapes leave there, would end it as if somebody had stopped it.
  const unfolded = createGunzip();
  packed.on('error', (error) => unfolded.destroy(error)).pipe(unfolded);
  try {
    await pipeline(unfolded, counted, createWriteStream(`${to}.part`), { signal });
  } catch (error) {
    await rm(`${to}.part`, { force: true });
    const isDamaged = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    throw isDamaged ? badArchive(from, `its compressed data is damaged (${error.message})`) : error;
  } finally {
    packed.destroy();
  }
  await rename(`${to}.part`, to);
  await rm(from);
};

/** Writes one file of an archive, unless it is there whole. */
const writeMember = async (
  source: FileSource,
  index: number,
  into: string,
  signal: AbortSignal,
): Promise<void> => {
  const file = source.files[index];
  if (!file) return;
  const { path: name, fault } = file;
  // What cannot be read into memory can be written all the same.
  if (fault !== undefined && fault !== EMPTY && fault !== TOO_LARGE)
    throw badArchive(source.name, `${name} is ${fault}`);
  const to = path.join(into, ...name.split('/'));
  if ((await sizeOf(to)) === (await source.size(index))) return;
  try {
    await mkdir(path.dirname(to), { recursive: true });
    const chunks = fault === EMPTY ? [] : source.chunks(index);
    await pipeline(Readable.from(chunks, { objectMode: false }), createWriteStream(`${to}.part`), { signal });
    await rename(`${to}.part`, to);
  } catch (error) {
    throw isSystemFault(error) ? fileError('write', to, error) : error;
  }
};

const unpack = async (
  { name }: OfficialFile,
  folder: string,
  into: string,
  options: PrepareOptions,
): Promise<void> => {
  const { signal, progress } = options;
  const archive = path.join(folder, name);
  const source = await openSource(archive, 'inside');
  try {
    for (const index of source.files.keys()) {
      signal.throwIfAborted();
      await writeMember(source, index, path.join(folder, into), signal);
      progress(index + 1, source.files.length);
    }
  } finally {
    await source.close();
  }
  await writeFile(path.join(folder, markOf(name)), `${source.files.length} files\n`);
  await rm(archive);
};

/**
 * Makes of a whole, checked file what its plugin reads; the archive is removed then. Errors: `bad-archive`; of the system; an
 * abort, after which the archive is still there.
 */
export const prepareFile = async (
  file: OfficialFile,
  folder: string,
  options: PrepareOptions,
): Promise<void> => {
  if (file.then === undefined) return;
  if (file.then === 'gunzip') await gunzip(file, folder, options);
  else await unpack(file, folder, file.then.unpackInto, options);
};
