import { UnderstoryError } from '@understory/core';
import { shortPath } from '../errors.ts';
import { memoryBytes } from '../sources/bytes.ts';
import { HEAD, type FileSource, type SourceFile } from '../sources/fileSource.ts';
import type { ImageColumns } from './columns.ts';
import type { Chunk, Footer, Leaf, ReadPart } from './footer.ts';
import type { PageCache } from './pageCache.ts';
import {
  pagesOf,
  readPage,
  usesDictionary,
  type ChunkPages,
  type Page,
  type PageContent,
  type Values,
} from './pages.ts';

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

/** Position of the last of some ascending numbers that is at most `wanted`. */
function lastUpTo(numbers: readonly number[], wanted: number): number;
function lastUpTo<T>(things: readonly T[], wanted: number, of: (thing: T) => number): number;
function lastUpTo<T>(things: readonly T[], wanted: number, of = Number as (thing: T) => number): number {
  let [low, high] = [0, things.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (of(things[middle]!) <= wanted) low = middle;
    else high = middle;
  }
  return low;
}

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

/** Finds the page that holds a row, and reads it through the cache. */
class ImagePages {
  readonly #path: string;
  readonly #options: ImageRowsOptions;
  readonly #starts: readonly number[];
  readonly #found = new Map<number, Promise<ChunkPages>>();

  constructor(path: string, options: ImageRowsOptions) {
    this.#path = path;
    this.#options = options;
    this.#starts = startsOf(options.footer);
  }

  #chunkOf(group: number): { readonly rows: number; readonly chunk: Chunk } {
    const { footer, columns } = this.#options;
    const { rows = 0, chunks = [] } = footer.groups[group] ?? {};
    const chunk = chunks[columns.image.column];
    if (!chunk) throw new Error('its row group has no images');
    return { rows, chunk };
  }

  async #pagesIn(group: number): Promise<ChunkPages> {
    const { rows, chunk } = this.#chunkOf(group);
    const known = this.#found.get(group) ?? pagesOf(this.#options.part, chunk, rows);
    this.#found.set(group, known);
    return known;
  }

  async #contentOf(group: number, page: Page, dictionary: Page | undefined): Promise<PageContent> {
    const { part, columns, cache } = this.#options;
    const { codec } = this.#chunkOf(group).chunk;
    const read = (one: Page, known?: Values): Promise<PageContent> =>
      cache.get(
        `${this.#path}\0${one.from}`,
        () => readPage(part, one, columns.image, { codec, dictionary: known }),
        weightOf,
      );
    const isNeeded = dictionary !== undefined && usesDictionary(page);
    return read(page, isNeeded ? (await read(dictionary)).values : undefined);
  }

  /** The bytes of a row's image; undefined where it has none. */
  async bytesAt(row: number): Promise<Uint8Array | undefined> {
    const group = lastUpTo(this.#starts, row);
    const { pages, dictionary } = await this.#pagesIn(group);
    const within = row - (this.#starts[group] ?? 0);
    const page = pages[lastUpTo(pages, within, ({ firstRow }) => firstRow)];
    if (!page || within - page.firstRow >= page.values)
      throw new Error('its row group has fewer images than rows');
    const content = await this.#contentOf(group, page, dictionary);
    const value = valueAt(content, this.#options.columns.image, within - page.firstRow);
    return value instanceof Uint8Array ? value : undefined;
  }
}

const readRow = async (pages: ImagePages, row: number): Promise<Uint8Array> => {
  try {
    const bytes = await pages.bytesAt(row);
    if (bytes) return bytes;
  } catch (error) {
    if (error instanceof UnderstoryError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnderstoryError('bad-image', `its table is damaged (${shortPath(reason, 100)})`, {
      cause: error,
    });
  }
  throw new UnderstoryError(
    'bad-image',
    'its row holds no bytes, a path at most; write the pictures into the table',
  );
};

/**
 * The images of a Parquet file as a source with a file for each row. A row is read by its page: the headers of a row group's
 * pages are looked at once, and pages that were unpacked stay in the cache for a while.
 */
export const imageRows = (options: ImageRowsOptions): FileSource => {
  const { source, index, footer } = options;
  const path = source.files[index]?.path ?? '';
  const pages = new ImagePages(path, options);
  const read = (row: number): Promise<Uint8Array> => readRow(pages, row);
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
    open: async (row) => memoryBytes(await read(row)),
    head: async (row) => (await read(row)).subarray(0, HEAD),
    stamp: () => source.stamp(index),
    close: () => Promise.resolve(),
  };
};
