import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { EMPTY, isHidden, MAX_ENCODED, TOO_LARGE, type FileSource, type SourceFile } from './fileSource.ts';

interface Listing {
  readonly files: SourceFile[];
  readonly folders: string[];
}

/** Why a link is not followed, or undefined where it stays inside and names a file. */
const linkFault = async (root: string, at: string): Promise<string | undefined> => {
  const target = await realpath(at).catch(() => undefined);
  if (target === undefined) return 'a link to nothing';
  if (!target.startsWith(root + path.sep)) return 'a link that leads out of the dataset';
  return (await stat(target)).isFile() ? undefined : 'a link to a folder';
};

/** Lists a folder, names in code point order so that every machine sees the same order. */
const list = async (root: string, under: string, found: Listing): Promise<Listing> => {
  const entries = await readdir(path.join(root, under), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isHidden(entry.name)) continue;
    const at = under ? `${under}/${entry.name}` : entry.name;
    if (entry.isDirectory()) {
      found.folders.push(at);
      await list(root, at, found);
    } else if (entry.isSymbolicLink()) {
      const fault = await linkFault(root, path.join(root, at));
      found.files.push(fault ? { path: at, fault } : { path: at });
    } else {
      found.files.push(entry.isFile() ? { path: at } : { path: at, fault: 'a device or pipe' });
    }
  }
  return found;
};

/** Reads a regular file that is not too large; never waits on a pipe. */
const readBounded = async (at: string): Promise<Uint8Array> => {
  const handle = await open(at, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const info = await handle.stat();
    const fault = !info.isFile()
      ? 'not a file'
      : info.size === 0
        ? EMPTY
        : info.size > MAX_ENCODED
          ? TOO_LARGE
          : '';
    if (fault) throw new UnderstoryError('bad-image', fault);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
};

/** Opens a folder and everything under it; hidden files are left out, links are followed inside it only. */
export const folderSource = async (name: string): Promise<FileSource> => {
  const root = await realpath(name);
  const { files, folders } = await list(root, '', { files: [], folders: [] });
  const at = (index: number): string => path.join(root, files[index]!.path);
  return {
    name,
    files,
    folders,
    read: (index) => readBounded(at(index)),
    async stamp(index) {
      const info = await stat(at(index)).catch(() => undefined);
      return info ? `${info.size}:${info.mtimeMs}` : 'gone';
    },
    close: () => Promise.resolve(),
  };
};
