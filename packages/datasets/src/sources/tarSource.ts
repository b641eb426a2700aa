import { stat } from 'node:fs/promises';
import { badArchive } from '../errors.ts';
import { openBytes } from './bytes.ts';
import { EMPTY, isHidden, MAX_ENCODED, TOO_LARGE, type FileSource, type SourceFile } from './fileSource.ts';
import { tarIndex, type TarEntry } from './tarIndex.ts';

/** `./a//b/` → `a/b`. A path that climbs or starts at the root is refused: no honest archive of images has one. */
const cleanPath = (archive: string, path: string): string => {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || parts.includes('..') || path.includes('\0')) {
    throw badArchive(archive, `it names ${JSON.stringify(path.slice(0, 200))}, a path that leads out of it`);
  }
  return parts.join('/');
};

const fileOf = (path: string, { type, size }: TarEntry): SourceFile => {
  if (type === 'other') return { path, fault: 'a link or device' };
  if (size === 0) return { path, fault: EMPTY };
  return size > MAX_ENCODED ? { path, fault: TOO_LARGE } : { path };
};

/** Opens a tar or tar.gz: one pass over its headers, then the file data by position. Errors: `bad-archive`. */
export const tarSource = async (name: string): Promise<FileSource> => {
  const { size, mtimeMs } = await stat(name);
  const bytes = await openBytes(name);
  try {
    // A name that occurs twice means the later entry, as for tar itself.
    const byPath = new Map<string, TarEntry>();
    for (const entry of await tarIndex(name, bytes)) byPath.set(cleanPath(name, entry.path), entry);
    const visible = [...byPath].filter(([path]) => path !== '' && !isHidden(path));
    const listed = visible.filter(([, { type }]) => type !== 'folder');
    return {
      name,
      files: listed.map(([path, entry]) => fileOf(path, entry)),
      folders: visible.flatMap(([path, { type }]) => (type === 'folder' ? [path] : [])),
      read: (index) => bytes.read(listed[index]![1].offset, listed[index]![1].size),
      stamp: () => Promise.resolve(`${size}:${mtimeMs}`),
      close: () => bytes.close(),
    };
  } catch (error) {
    await bytes.close();
    throw error;
  }
};
