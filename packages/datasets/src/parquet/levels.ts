/** Bytes with a place in them, as the library's decoders take them. */
export interface Reader {
  readonly view: DataView;
  offset: number;
}

export const readerOf = (bytes: Uint8Array): Reader => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  offset: 0,
});

/** Bits that the numbers 0 … `most` take. */
export const bitsFor = (most: number): number => 32 - Math.clz32(most);

const varint = (reader: Reader): number => {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = reader.view.getUint8(reader.offset++);
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
  throw new Error('a run of an endless length');
};

/**
 * Numbers of so many bits, in runs of one value and in packs of eight. A run is cut at `count`, whatever it claims: so no
 * page makes more of itself than there are rows.
 */
export const readRuns = (reader: Reader, bits: number, count: number): Int32Array => {
  if (bits > 24) throw new Error(`numbers of ${bits} bits`);
  const out = new Int32Array(count);
  if (bits === 0) return out;
  const { view } = reader;
  for (let seen = 0; seen < count;) {
    const head = varint(reader);
    if (head % 2 === 0) {
      let value = 0;
      for (let b = 0; b < Math.ceil(bits / 8); b++) value |= view.getUint8(reader.offset++) << (8 * b);
      const until = Math.min(count, seen + Math.floor(head / 2));
      if (until === seen) throw new Error('a run of no value');
      out.fill(value, seen, until);
      seen = until;
      continue;
    }
    const packed = Math.floor(head / 2) * 8;
    if (packed === 0) throw new Error('a run of no value');
    const wanted = Math.min(packed, count - seen);
    let [buffer, have] = [0, 0];
    const end = reader.offset + (packed / 8) * bits;
    for (let i = 0; i < wanted; i++) {
      // At most 24 + 7 bits are held at once.
      for (; have < bits; have += 8) buffer |= view.getUint8(reader.offset++) << have;
      out[seen++] = buffer & (2 ** bits - 1);
      buffer >>>= bits;
      have -= bits;
    }
    reader.offset = end;
  }
  return out;
};
