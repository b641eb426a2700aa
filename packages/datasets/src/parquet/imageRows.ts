import { UnderstoryError } from '@understory/core';
import { shortPath } from '../errors.ts';
import type { FileSource, SourceFile } from '../sources/fileSource.ts';
import type { ImageColumns } from './columns.ts';
import type { Footer, Leaf, ReadPart } from './footer.ts';
import type { PageCache } from './pageCache.ts';
import { pagesOf, readPage, type ChunkPages, type PageContent, type Values } from './pages.ts';

/** A row of a file, in place of a file of its own. */
class RowFile implements SourceFile {
  readonly #file: string;
  readonly #row: number;
  constructor(file: string, row: number) {
    this.#file = file;
    this.#row = row;
  }
  get path(): string {
    return `${this.#file}:${this.#row}`;
  }
}

export interface ImageRowsOptions {
  readonly source: FileSource;
  readonly index: number;
  readonly part: ReadPart;
  readonly footer: Footer;
  readonly columns: ImageColumns;
  readonly cache: PageCache;
}

/** First row of each row group. */
const startsOf = ({ groups }: Footer): number[] => {
  let row = 0;
  return groups.map(({ rows }) => (row += rows) - rows);
};

/** The last of some ascending numbers that is at most `wanted`. */
const lastUpTo = (numbers: readonly number[], wanted: number): number => {
  let [low, high] = [0, numbers.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! <= wanted) low = middle;
    else high = middle;
  }
  return low;
};

/** A value of a page by its place in it; undefined where there is none. */
const valueAt = (
  { definition, values }: PageContent,
  leaf: Leaf,
  place: number,
): Values[number] | undefined => {
  if (definition.length === 0) return values[place];
  if (definition[place] !== leaf.definition) return undefined;
  let used = 0;
  for (let i = 0; i < place; i++) if (definition[i] === leaf.definition) used++;
  return values[used];
};

/** Bytes that a page's values hold, for the cache. */
const weightOf = ({ values }: PageContent): number => {
  let bytes = 0;
  for (let i = 0; i < values.length; i++) bytes += (values[i] as Uint8Array).length + 64;
  return bytes;
};

const noBytes = new UnderstoryError(
  'bad-image',
  'its row holds no bytes, a path at most; write the pictures into the table',
);

/**
 * The images of a Parquet file as a source with a file for each row. A row is read by its page: the headers of a row group's
 * pages are looked at once, and pages that were unpacked stay in the cache for a while.
 */
export const imageRows = ({ source, index, part, footer, columns, cache }: ImageRowsOptions): FileSource => {
  const path = source.files[index]?.path ?? '';
  const starts = startsOf(footer);
  const found = new Map<number, Promise<ChunkPages>>();
  const leaf = columns.image;
  const pagesIn = (group: number): Promise<ChunkPages> => {
    const { rows, chunks } = footer.groups[group]!;
    const known = found.get(group) ?? pagesOf(part, chunks[leaf.column]!, rows);
    found.set(group, known);
    return known;
  };
  const contentOf = async (group: number, at: number): Promise<PageContent> => {
    const { dictionary, pages } = await pagesIn(group);
    const { codec } = footer.groups[group]!.chunks[leaf.column]!;
    const read = (key: string, page: ChunkPages['pages'][number], known?: Values): Promise<PageContent> =>
      cache.get(
        `${path}\0${group}\0${key}`,
        () => readPage(part, page, leaf, { codec, dictionary: known }),
        weightOf,
      );
    const known = dictionary && (await read('dictionary', dictionary)).values;
    return read(String(at), pages[at]!, known);
  };
  const bytesAt = async (row: number): Promise<Uint8Array> => {
    const group = lastUpTo(starts, row);
    const { pages } = await pagesIn(group);
    const within = row - (starts[group] ?? 0);
    const at = lastUpTo(
      pages.map(({ firstRow }) => firstRow),
      within,
    );
    const page = pages[at];
    if (!page || within - page.firstRow >= page.values)
      throw new Error('its row group has fewer images than rows');
    const value = valueAt(await contentOf(group, at), leaf, within - page.firstRow);
    if (!(value instanceof Uint8Array)) throw noBytes;
    return value;
  };
  const read = async (row: number): Promise<Uint8Array> => {
    try {
      return await bytesAt(row);
    } catch (error) {
      if (error instanceof UnderstoryError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new UnderstoryError('bad-image', `its table is damaged (${shortPath(reason, 100)})`, {
        cause: error,
      });
    }
  };
  return {
    name: source.name,
    files: Array.from({ length: footer.rows }, (_, row) => new RowFile(path, row)),
    folders: [],
    leftOut: [],
    read,
    size: async (row) => (await read(row)).length,
    async *chunks(row) {
      yield await read(row);
    },
    part: async (row, from, length) => (await read(row)).subarray(from, from + length),
    head: async (row) => (await read(row)).subarray(0, 512),
    stamp: () => source.stamp(index),
    close: () => Promise.resolve(),
  };
};
