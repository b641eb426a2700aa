import { badArchive, shortPath } from '../errors.ts';
import { cleanPath } from '../sources/archiveSource.ts';
import { isHidden } from '../sources/fileSource.ts';

/** The two halves of a name in a shard: `n01/0007` and `jpg` of `n01/0007.jpg`. */
export interface SampleKey {
  readonly key: string;
  /** What the file is of its sample, in lower case: all behind the first dot of the file's own name. */
  readonly part: string;
  /** The whole name, without what means nothing in it (`./`). */
  readonly path: string;
}

/** Why a file of a shard is no part of a sample. */
export type NoPart = 'hidden' | 'without an extension' | 'about the shard (__…__)';

/** Names that a clean path does not have. */
const UNCLEAN = /(^|\/)\.{0,2}(\/|$)|\0/;
/** Longest name of a file in a shard: beyond it there is no file system, and a message could not show it. */
const MAX_NAME = 4096;
const META = /^__[^/]*__($|\/)/;

/**
 * Splits a file's name as webdataset does: the key is all up to the first dot behind the last slash, so dots in folders
 * belong to the key. Errors: `bad-archive` where it leads out of the shard.
 */
export const sampleKey = (shard: string, name: string): SampleKey | NoPart => {
  const path = UNCLEAN.test(name) ? cleanPath(shard, name) : name;
  if (path.length > MAX_NAME)
    throw badArchive(shard, `a name of ${path.length} characters: ${shortPath(path)}`);
  if (META.test(path)) return 'about the shard (__…__)';
  const from = path.lastIndexOf('/') + 1;
  if (isHidden(path.slice(from))) return 'hidden';
  const dot = path.indexOf('.', from);
  if (dot < 0) return 'without an extension';
  return { key: path.slice(0, dot), part: path.slice(dot + 1).toLowerCase(), path };
};
