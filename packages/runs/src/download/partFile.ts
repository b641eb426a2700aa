import { open, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import type { Answer } from './request.ts';

export interface PartFile {
  readonly path: string;
  /** Bytes that are there already. */
  readonly size: number;
  /** By what the server knows the file whose beginning lies here: the rest must be of the same one (`If-Range`). */
  readonly validator: string | undefined;
}

/** A file of one line, the validator. */
const noteOf = (path: string): string => `${path}.etag`;

const sizeOf = async (path: string): Promise<number> => {
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() === true ? info.size : 0;
};

/** The beginning of a file that is being fetched. One that is longer than the whole is thrown away. */
export const openPart = async (path: string, most: number): Promise<PartFile> => {
  const size = await sizeOf(path);
  if (size > most) {
    await dropPart(path);
    return { path, size: 0, validator: undefined };
  }
  const note = await readFile(noteOf(path), 'utf8').catch(() => '');
  return { path, size, validator: /^[ -~]{1,1000}$/.test(note) ? note : undefined };
};

/** A strong ETag, or the date; weak ETags are not for ranges. */
export const validatorOf = ({ headers }: Pick<Answer, 'headers'>): string | undefined => {
  const { etag, 'last-modified': date } = headers;
  return etag !== undefined && !etag.startsWith('W/') ? etag : date;
};

export const notePart = async (path: string, validator = ''): Promise<void> =>
  writeFile(noteOf(path), validator);

export const dropPart = async (path: string): Promise<void> => {
  await rm(path, { force: true });
  await rm(noteOf(path), { force: true });
};

/** Writes what comes, and gives how many bytes came before it ended; `most` is never exceeded. */
export const appendTo = async (
  path: string,
  from: number,
  chunks: AsyncIterable<Uint8Array>,
  { most, onBytes }: { readonly most: number; readonly onBytes: (done: number) => void },
): Promise<number> => {
  const handle: FileHandle = await open(path, from === 0 ? 'w' : 'r+');
  let at = from;
  try {
    for await (const chunk of chunks) {
      if (at + chunk.length > most) return at + chunk.length;
      await handle.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      onBytes(at);
    }
    return at;
  } finally {
    await handle.sync().catch(() => undefined);
    await handle.close();
  }
};
