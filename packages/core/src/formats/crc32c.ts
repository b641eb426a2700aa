/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** What 0 … 7 further bytes make of each byte: eight tables of 256, one after the other ("slicing by 8"). */
const TABLES = ((): Int32Array => {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
    tables[byte] = c;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before >>> 8) ^ tables[before & 255]!;
  }
  return tables;
})();

const byBytes = (crc: number, bytes: Uint8Array): number => {
  let c = crc;
  for (const byte of bytes) c = (c >>> 8) ^ TABLES[(c ^ byte) & 255]!;
  return c;
};

/** Pairs of little-endian words, as every machine that runs JavaScript stores them. */
const byWords = (crc: number, words: Int32Array): number => {
  let c = crc;
  for (let i = 0; i < words.length; i += 2) {
    const a = words[i]! ^ c;
    const b = words[i + 1]!;
    c =
      TABLES[1792 + (a & 255)]! ^
      TABLES[1536 + ((a >>> 8) & 255)]! ^
      TABLES[1280 + ((a >>> 16) & 255)]! ^
      TABLES[1024 + (a >>> 24)]! ^
      TABLES[768 + (b & 255)]! ^
      TABLES[512 + ((b >>> 8) & 255)]! ^
      TABLES[256 + ((b >>> 16) & 255)]! ^
      TABLES[b >>> 24]!;
  }
  return c;
};

/** CRC-32C (RFC 3720, appendix B.4) of bytes that follow those whose CRC is given, as an unsigned 32-bit number. */
export const crc32c = (bytes: Uint8Array, before = 0): number => {
  const start = Math.min(bytes.length, -bytes.byteOffset & 3); // where words are aligned
  const count = (bytes.length - start) >>> 3;
  const head = byBytes(~before, bytes.subarray(0, start));
  const words =
    count > 0 ? new Int32Array(bytes.buffer, bytes.byteOffset + start, 2 * count) : new Int32Array();
  return ~byBytes(byWords(head, words), bytes.subarray(start + 8 * count)) >>> 0;
};
