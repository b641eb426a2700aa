/** What 0 … 7 further bytes make of each byte: eight tables of 256, one after the other ("slicing by 8"). */
const tablesOf = (polynomial: number): Int32Array => {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ polynomial : c >>> 1;
    tables[byte] = c;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before >>> 8) ^ tables[before & 255]!;
  }
  return tables;
};

const byBytes = (tables: Int32Array, crc: number, bytes: Uint8Array): number => {
  let c = crc;
  for (const byte of bytes) c = (c >>> 8) ^ tables[(c ^ byte) & 255]!;
  return c;
};

/** Pairs of little-endian words, as every machine that runs JavaScript stores them. */
const byWords = (tables: Int32Array, crc: number, words: Int32Array): number => {
  let c = crc;
  for (let i = 0; i < words.length; i += 2) {
    const a = words[i]! ^ c;
    const b = words[i + 1]!;
    c =
      tables[1792 + (a & 255)]! ^
      tables[1536 + ((a >>> 8) & 255)]! ^
      tables[1280 + ((a >>> 16) & 255)]! ^
      tables[1024 + (a >>> 24)]! ^
      tables[768 + (b & 255)]! ^
      tables[512 + ((b >>> 8) & 255)]! ^
      tables[256 + ((b >>> 16) & 255)]! ^
      tables[b >>> 24]!;
  }
  return c;
};

/** Checksum of bytes that follow those whose checksum is given, as an unsigned 32-bit number. */
export type Checksum = (bytes: Uint8Array, before?: number) => number;

/** The CRC of a polynomial, its bits reversed. */
const crcOf = (polynomial: number): Checksum => {
  const tables = tablesOf(polynomial);
  return (bytes, before = 0) => {
    const start = Math.min(bytes.length, -bytes.byteOffset & 3); // where words are aligned
    const count = (bytes.length - start) >>> 3;
    const head = byBytes(tables, ~before, bytes.subarray(0, start));
    const words =
      count > 0 ? new Int32Array(bytes.buffer, bytes.byteOffset + start, 2 * count) : new Int32Array();
    return ~byBytes(tables, byWords(tables, head, words), bytes.subarray(start + 8 * count)) >>> 0;
  };
};

/** CRC-32C (RFC 3720, appendix B.4), of checkpoints and event files. */
export const crc32c = /* @__PURE__ */ crcOf(0x82f63b78);

/** CRC-32 (PNG, annex D), of zip archives and PNG pictures; Node's zlib has it from 20.15 on only. */
export const crc32 = /* @__PURE__ */ crcOf(0xedb88320);
