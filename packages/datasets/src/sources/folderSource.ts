import { constants, type Dirent } from 'node:fs';
import { open, readdir, realpath, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { badDataset, systemReason } from '../errors.ts';
import { readAt, type Bytes } from './bytes.ts';
import { EMPTY, HEAD, MAX_ENCODED, TOO_LARGE, type FileSource } from './fileSource.ts';
import { walk, type Entry, type Links, type Store, type Target, type WalkedFile } from './walk.ts';

const kindOf = (entry: Dirent): Entry['kind'] => {
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  return entry.isFile() ? 'file' : 'other';
};

const follow = async (root: string, link: string): Promise<Target | string> => {
  try {
    const at = await realpath(link);
    const info = await stat(at);
    const isInside = at === root || at.startsWith(root + path.sep);
    if (info.isDirectory()) return { kind: 'folder', at, isInside };
    return info.isFile() ? { kind: 'file', at, isInside } : 'a link to a device or pipe';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'a link to nothing';
    return code === 'ELOOP' ? 'a link that leads to itself' : `a link that cannot be followed (${code})`;
  }
};

const folderStore = (name: string, root: string): Store => ({
  name,
  root,
  async list(folder) {
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      return entries.map((e) => ({ name: e.name, kind: kindOf(e), at: path.join(folder, e.name) }));
    } catch (error) {
      throw badDataset(name, `its folder ${folder} cannot be listed (${systemReason(error)})`);
    }
  },
  follow: (link) => follow(root, link),
});

/** Opens a regular file; never waits on a pipe. */
const withFile = async <T>(at: string, use: (handle: FileHandle, size: number) => Promise<T>): Promise<T> => {
  try {
    const handle = await open(at, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await handle.stat();
      if (!info.isFile()) throw new UnderstoryError('bad-image', 'not a file');
      return await use(handle, info.size);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UnderstoryError) throw error;
    throw new UnderstoryError('bad-image', systemReason(error), { cause: error });
  }
};

const readBounded = (at: string): Promise<Uint8Array> =>
  withFile(at, async (handle, size) => {
    if (size === 0) throw new UnderstoryError('bad-image', EMPTY);
    if (size > MAX_ENCODED) throw new UnderstoryError('bad-image', TOO_LARGE);
    return await handle.readFile();
  });

const PIECE = 2 ** 20;

async function* piecesOf(at: string): AsyncGenerator<Uint8Array> {
  const pieceAt = (from: number): Promise<Uint8Array> =>
    withFile(at, async (handle) => {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(PIECE), 0, PIECE, from);
      return buffer.subarray(0, bytesRead);
    });
  for (let done = 0; ;) {
    const piece = await pieceAt(done);
    if (piece.length === 0) return;
    done += piece.length;
    yield piece;
  }
}

/** Opens the file for each read: an archive of a thousand archives would else hold as many handles. */
const bytesAt = (at: string): Promise<Bytes> =>
  withFile(at, (_, length) =>
    Promise.resolve({
      length,
      read: (offset, count) =>
        withFile(at, (handle) => readAt(handle, offset, Math.min(count, length - offset))),
      close: () => Promise.resolve(),
    }),
  );

const readHead = (at: string): Promise<Uint8Array> =>
  withFile(at, async (handle) => {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(HEAD), 0, HEAD, 0);
    return buffer.subarray(0, bytesRead);
  });

type Listed = Pick<FileSource, 'name' | 'folders' | 'leftOut'> & { readonly files: readonly WalkedFile[] };

/** Files on disk as a source. */
const filesOnDisk = ({ files, ...listed }: Listed): FileSource => {
  const at = (index: number): string => files[index]!.at;
  return {
    ...listed,
    files,
    read: (index) => readBounded(at(index)),
    size: (index) => withFile(at(index), (_, size) => Promise.resolve(size)),
    chunks: (index) => piecesOf(at(index)),
    open: (index) => bytesAt(at(index)),
    head: (index) => readHead(at(index)),
    async stamp(index) {
      const info = await stat(at(index)).catch(() => undefined);
      return info ? `${info.size}:${info.mtimeMs}` : 'gone';
    },
    close: () => Promise.resolve(),
  };
};

/** Opens a folder and everything under it; hidden files are left out, links followed as `links` says. */
export const folderSource = async (name: string, links: Links): Promise<FileSource> =>
  filesOnDisk({ name, ...(await walk(folderStore(name, await realpath(name)), links)) });

/** One file as a source of its own. */
export const singleFile = (name: string): FileSource =>
  filesOnDisk({ name, files: [{ path: path.basename(name), at: name, order: 0 }], folders: [], leftOut: [] });
