import { Readable } from 'node:stream';
import { badArchive } from '../errors.ts';
import { inflatedBytes, isGzip } from './bytes.ts';
import type { FileSource } from './fileSource.ts';
import { joinedSource, type SourcePart } from './joinedSource.ts';
import { tarOf } from './tarSource.ts';
import type { Links } from './walk.ts';

/** Opens an archive that is a file of a source: a tar in place, by offsets; a tar.gz in memory. Errors: `bad-archive`. */
const openInside = async (source: FileSource, index: number, links: Links): Promise<FileSource> => {
  const file = source.files[index];
  const name = `${source.name}/${file?.path ?? ''}`;
  if (file?.fault !== undefined) throw badArchive(name, `it is ${file.fault}`);
  const stamp = await source.stamp(index);
  const head = await source.head(index);
  if (head[0] === 0x50 && head[1] === 0x4b) {
    const { zipOf } = await import('./zipSource.ts');
    return zipOf({ name, stamp, bytes: await source.open(index) }, links);
  }
  const bytes = isGzip(head)
    ? await inflatedBytes(name, Readable.from(source.chunks(index), { objectMode: false }))
    : await source.open(index);
  return tarOf({ name, stamp, bytes }, links);
};

/** Archives within archives within archives: no dataset has more. */
const MAX_DEPTH = 3;

/**
 * A source in which some archives stand open: their files lie below the archive's own path. Closing it closes `source`, which
 * is also closed where an archive cannot be opened. Errors: `bad-archive`.
 */
export const withArchives = async (
  source: FileSource,
  isOpened: (path: string) => boolean,
  links: Links,
  depth = MAX_DEPTH,
): Promise<FileSource> => {
  const chosen = source.files.flatMap(({ path, isFolder }, i) => (!isFolder && isOpened(path) ? [i] : []));
  if (chosen.length === 0 || depth === 0) return source;
  const parts: SourcePart[] = [{ folder: '', source, without: new Set(chosen) }];
  try {
    for (const index of chosen) {
      const opened = await openInside(source, index, links);
      const inner = await withArchives(opened, isOpened, links, depth - 1);
      parts.push({ folder: source.files[index]?.path ?? '', source: inner });
    }
  } catch (error) {
    await Promise.all(parts.map((part) => part.source.close()));
    throw error;
  }
  return joinedSource(source.name, parts);
};
