import { stat } from 'node:fs/promises';
import { archiveSource, cleanPath, type Member } from './archiveSource.ts';
import { openBytes, windowBytes, type Bytes } from './bytes.ts';
import { HEAD, type FileSource } from './fileSource.ts';
import { tarIndex, type TarEntry } from './tarIndex.ts';
import type { Links } from './walk.ts';

/** Where a file's bytes lie in the tar. */
interface Extent {
  readonly offset: number;
  readonly size: number;
}

const memberOf = (
  name: string,
  entry: TarEntry,
  before: ReadonlyMap<string, Member<Extent>>,
): Member<Extent> => {
  const { type, offset, size, target } = entry;
  if (type === 'file') return { kind: 'file', data: { offset, size }, size };
  if (type === 'folder') return { kind: 'folder' };
  if (type === 'link') return { kind: 'link', target };
  if (type === 'other') return { kind: 'other', fault: 'a device, or a file with holes' };
  // A hard link is another name for a file that came before it.
  const file = target.startsWith('/') ? undefined : before.get(cleanPath(name, target));
  return file?.kind === 'file' ? file : { kind: 'other', fault: 'a hard link to nothing in the archive' };
};

const PIECE = 2 ** 20;

async function* piecesOf(bytes: Bytes, { offset, size }: Extent): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < size; done += PIECE)
    yield await bytes.read(offset + done, Math.min(PIECE, size - done));
}

/** An archive's bytes, what it is called, and what changes when it does. */
export interface ArchiveBytes {
  readonly name: string;
  readonly bytes: Bytes;
  readonly stamp: string;
}

/** A tar in bytes of any place, which the source closes. Errors: `bad-archive`. */
export const tarOf = async ({ name, bytes, stamp }: ArchiveBytes, links: Links): Promise<FileSource> => {
  // A name that occurs twice means the later entry, as for tar itself.
  const members = new Map<string, Member<Extent>>();
  for (const entry of await tarIndex(name, bytes)) {
    const path = cleanPath(name, entry.path);
    members.set(path, memberOf(name, entry, members));
  }
  return archiveSource<Extent>({
    name,
    members,
    links,
    stamp,
    bytes: {
      read: (data) => bytes.read(data.offset, data.size),
      chunks: (data) => piecesOf(bytes, data),
      open: ({ offset, size }) => Promise.resolve(windowBytes(bytes, offset, size)),
      head: (data) => bytes.read(data.offset, Math.min(HEAD, data.size)),
      close: () => bytes.close(),
    },
  });
};

/** Opens a tar or tar.gz: one pass over its headers, then the file data by position. Errors: `bad-archive`. */
export const tarSource = async (name: string, links: Links): Promise<FileSource> => {
  const { size, mtimeMs } = await stat(name);
  const bytes = await openBytes(name);
  try {
    return await tarOf({ name, bytes, stamp: `${size}:${mtimeMs}` }, links);
  } catch (error) {
    await bytes.close();
    throw error;
  }
};
