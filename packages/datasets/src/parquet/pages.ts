import type { ParquetType } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { deltaBinaryUnpack, deltaLengthByteArray } from 'hyparquet/src/delta.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { decompress, MAX_PAGE } from './decompress.ts';
import type { Chunk, Leaf, ReadPart } from './footer.ts';
import { bitsFor, readerOf, readRuns, type Reader } from './levels.ts';
import { thriftEnd } from './thriftGuard.ts';

type PageHeader = ReturnType<typeof parquetHeader>;

/** Values of a page as they are stored. */
export type Values = ArrayLike<Uint8Array | number | bigint | boolean>;

/** Where a page of values lies, and which rows of its row group it holds, as far as its column lies in no list. */
export interface Page {
  readonly header: PageHeader;
  readonly from: number;
  readonly firstRow: number;
  readonly values: number;
}

export interface ChunkPages {
  readonly dictionary: Page | undefined;
  readonly pages: readonly Page[];
}

/** Bytes that a page's header takes at most: it may hold its least and largest value. */
const MAX_HEADER = 2 ** 20;
const HEADER = 2 ** 12;

/** A copy where the bytes are a part of something larger, which no page may look into. */
const own = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();

/** Whether a page's values are places in the dictionary; writers give it up when it grows. */
export const usesDictionary = ({ header }: Page): boolean =>
  /DICTIONARY/.test(header.data_page_header?.encoding ?? header.data_page_header_v2?.encoding ?? '');

const headerAt = async (
  part: ReadPart,
  at: number,
  end: number,
): Promise<{ header: PageHeader; from: number }> => {
  for (let length = HEADER; ; length *= 16) {
    const bytes = own(await part(at, Math.min(length, end - at)));
    try {
      const from = at + thriftEnd(bytes);
      return { header: parquetHeader(readerOf(bytes)), from };
    } catch (error) {
      if (length >= MAX_HEADER || length >= end - at) throw error;
    }
  }
};

const countOf = ({
  type,
  data_page_header: one,
  data_page_header_v2: two,
  dictionary_page_header: dict,
}: PageHeader): number => {
  if (type === 'DICTIONARY_PAGE') return dict?.num_values ?? -1;
  return (type === 'DATA_PAGE_V2' ? two?.num_values : one?.num_values) ?? -1;
};

/** Finds the pages of a column's chunk by their headers alone. `most` bounds the values that it may hold. */
export const pagesOf = async (part: ReadPart, { from, end }: Chunk, most: number): Promise<ChunkPages> => {
  const pages: Page[] = [];
  let dictionary: Page | undefined;
  let seen = 0;
  for (let at = from; at < end;) {
    const found = await headerAt(part, at, end);
    const { header } = found;
    const { type, compressed_page_size: size } = header;
    const values = countOf(header);
    if (!(size >= 0 && found.from + size <= end && size <= MAX_PAGE))
      throw new Error(`a page that claims ${size} bytes`);
    const isData = type === 'DATA_PAGE' || type === 'DATA_PAGE_V2';
    if (isData || type === 'DICTIONARY_PAGE') {
      if (!(values >= 0 && values <= most - (isData ? seen : 0)))
        throw new Error(`a page that claims ${values} values of ${most}`);
      const page = { header, from: found.from, firstRow: seen, values };
      if (isData) pages.push(page);
      else dictionary = page;
    }
    if (isData) seen += values;
    at = found.from + size;
  }
  return { dictionary, pages };
};

/** What a page holds: a value for each level that says so. */
export interface PageContent {
  /** Of each place whether a list begins anew (0); empty of a column that lies in no list. */
  readonly repetition: Int32Array;
  /** Of each place how much of it is there; empty where all is. */
  readonly definition: Int32Array;
  readonly values: Values;
}

/** How the values of a page are written. */
interface Written {
  readonly encoding: string;
  readonly count: number;
  readonly dictionary: Values | undefined;
}

const valuesOf = (reader: Reader, leaf: Leaf, { encoding, count, dictionary }: Written): Values => {
  const { type, type_length } = leaf.element;
  if (encoding === 'PLAIN') return readPlain(reader, type as ParquetType, count, type_length);
  if (encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY') {
    if (!dictionary) throw new Error('a page that looks into a dictionary that is not there');
    const bits = count === 0 ? 0 : reader.view.getUint8(reader.offset++);
    return Array.from(readRuns(reader, bits, count), (i) => {
      const value = dictionary[i];
      if (value === undefined) throw new Error(`a value that is number ${i} of ${dictionary.length}`);
      return value;
    });
  }
  if (encoding === 'DELTA_BINARY_PACKED') {
    const out = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
    if (count > 0) deltaBinaryUnpack(reader, count, out);
    return out;
  }
  const out: Uint8Array[] = [];
  if (encoding === 'DELTA_LENGTH_BYTE_ARRAY') deltaLengthByteArray(reader, count, out);
  else throw new Error(`values in the encoding ${encoding}, which is not read`);
  return out;
};

const levels = (reader: Reader, most: number, count: number, length?: number): Int32Array => {
  if (most === 0) return new Int32Array(0);
  const size = length ?? reader.view.getUint32(reader.offset, true);
  if (length === undefined) reader.offset += 4;
  const end = reader.offset + size;
  const found = readRuns(reader, bitsFor(most), count);
  reader.offset = end;
  return found;
};

const present = (definition: Int32Array, { definition: most }: Leaf, count: number): number => {
  if (definition.length === 0) return count;
  let there = 0;
  for (const level of definition) if (level === most) there++;
  return there;
};

const firstVersion = (
  bytes: Uint8Array,
  page: Page,
  leaf: Leaf,
  dictionary: Values | undefined,
): PageContent => {
  const reader = readerOf(bytes);
  const repetition = levels(reader, leaf.repetition, page.values);
  const definition = levels(reader, leaf.definition, page.values);
  const encoding = page.header.data_page_header?.encoding ?? 'none';
  const count = present(definition, leaf, page.values);
  return { repetition, definition, values: valuesOf(reader, leaf, { encoding, count, dictionary }) };
};

/** In the second version the levels lie before what is compressed. */
const secondVersion = (
  packed: Uint8Array,
  page: Page,
  leaf: Leaf,
  { codec, dictionary }: { readonly codec: Chunk['codec']; readonly dictionary: Values | undefined },
): PageContent => {
  const header = page.header.data_page_header_v2;
  if (!header) throw new Error('a page without its description');
  const { repetition_levels_byte_length: first, definition_levels_byte_length: second } = header;
  if (!(first >= 0 && second >= 0 && first + second <= packed.length))
    throw new Error('a page shorter than its levels');
  const reader = readerOf(packed);
  const repetition = levels(reader, leaf.repetition, page.values, first);
  reader.offset = first;
  const definition = levels(reader, leaf.definition, page.values, second);
  const rest = packed.subarray(first + second);
  const length = page.header.uncompressed_page_size - first - second;
  const bytes = header.is_compressed === false ? rest : decompress(codec, rest, length);
  const count = present(definition, leaf, page.values);
  return {
    repetition,
    definition,
    values: valuesOf(readerOf(bytes), leaf, { encoding: header.encoding, count, dictionary }),
  };
};

/** Reads the values of a page. Errors tell what is wrong with it. */
export const readPage = async (
  part: ReadPart,
  page: Page,
  leaf: Leaf,
  { codec, dictionary }: { readonly codec: Chunk['codec']; readonly dictionary: Values | undefined },
): Promise<PageContent> => {
  const { header, from } = page;
  const packed = own(await part(from, header.compressed_page_size));
  if (packed.length !== header.compressed_page_size) throw new Error('a page that is cut off');
  if (header.type === 'DATA_PAGE_V2') return secondVersion(packed, page, leaf, { codec, dictionary });
  const bytes = decompress(codec, packed, header.uncompressed_page_size);
  if (header.type === 'DATA_PAGE') return firstVersion(bytes, page, leaf, dictionary);
  const none = new Int32Array(0);
  return {
    repetition: none,
    definition: none,
    values: valuesOf(readerOf(bytes), leaf, { encoding: 'PLAIN', count: page.values, dictionary: undefined }),
  };
};
