import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { decompress as zstd } from 'fzstd';
import type { CompressionCodec } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** Largest page, in bytes. */
export const MAX_PAGE = 2 ** 28;

type Unpack = (bytes: Uint8Array, length: number) => Uint8Array;

const library =
  (codec: 'SNAPPY' | 'LZ4' | 'LZ4_RAW'): Unpack =>
  (bytes, length) => {
    const unpack = compressors[codec];
    if (!unpack) throw new Error(`its pages are compressed by ${codec}`);
    return unpack(bytes, length);
  };

/** Each unpacks no more than it is told to: a page that claims less than it holds fills no memory. */
const CODECS: Partial<Readonly<Record<CompressionCodec, Unpack>>> = {
  UNCOMPRESSED: (bytes) => bytes,
  GZIP: (bytes, length) => gunzipSync(bytes, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (bytes, length) => brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, length) }),
  ZSTD: (bytes, length) => zstd(bytes, new Uint8Array(length)),
  SNAPPY: library('SNAPPY'),
  LZ4: library('LZ4'),
  LZ4_RAW: library('LZ4_RAW'),
};

/** The content of a page of `length` bytes. */
export const decompress = (codec: CompressionCodec, bytes: Uint8Array, length: number): Uint8Array => {
  const unpack = CODECS[codec];
  if (!unpack) throw new Error(`pages compressed by ${codec}, which is not read`);
  if (!(length >= 0 && length <= MAX_PAGE)) throw new Error(`a page that claims ${length} bytes`);
  if (length === 0) return new Uint8Array(0);
  const page = unpack(bytes, length);
  if (page.length !== length) throw new Error(`a page of ${page.length} bytes that claims ${length}`);
  return page;
};
