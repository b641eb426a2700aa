/** Bits that are looked up at once. */
const FAST = 9;

/** Codes of a JPEG's entropy coding, for decoding. */
export interface HuffmanTable {
  /** By the next 9 bits: length of the code · 256 + its symbol; 0 where the code is longer. */
  readonly fast: Uint16Array;
  /** Largest code of each length, −1 where there is none [17]. */
  readonly largest: Int32Array;
  /** What to add to a code of each length to find its symbol [17]. */
  readonly offset: Int32Array;
  readonly symbols: Uint8Array;
}

/** Codes by how many of each length 1 … 16 there are. Undefined where they cannot be codes. */
export const huffmanTable = (counts: Uint8Array, symbols: Uint8Array): HuffmanTable | undefined => {
  const total = counts.reduce((a, b) => a + b, 0);
  if (counts.length !== 16 || symbols.length !== total || total > 256) return undefined;
  const fast = new Uint16Array(1 << FAST);
  const [largest, offset] = [new Int32Array(17).fill(-1), new Int32Array(17)];
  let [code, at] = [0, 0];
  for (let length = 1; length <= 16; length++, code <<= 1) {
    const count = counts[length - 1]!;
    offset[length] = at - code;
    if (code + count > 1 << length) return undefined;
    for (let i = 0; i < count; i++, code++, at++) {
      if (length > FAST) continue;
      const first = code << (FAST - length);
      fast.fill(length * 256 + symbols[at]!, first, first + (1 << (FAST - length)));
    }
    if (count > 0) largest[length] = code - 1;
  }
  return { fast, largest, offset, symbols: symbols.slice() };
};

/** Reads entropy-coded data. What cannot be is remembered in `isSound`, and gives zeros. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #bits = 0;
  #count = 0;
  isSound = true;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Makes sure of 16 bits at least; behind a marker come zeros, which only a code that is not there takes. */
  #fill(): void {
    while (this.#count <= 16) {
      let byte = this.#bytes[this.#at] ?? 0xff;
      if (byte === 0xff) {
        if (this.#bytes[this.#at + 1] === 0) this.#at += 2;
        else {
          // A marker, or the end.
          byte = 0;
          this.#missing += 8;
        }
      } else this.#at++;
      this.#bits = (this.#bits << 8) | byte;
      this.#count += 8;
    }
  }

  /** Bits of the buffer that no byte of the file gave. */
  #missing = 0;

  symbol(table: HuffmanTable): number {
    this.#fill();
    const known = table.fast[(this.#bits >>> (this.#count - FAST)) & ((1 << FAST) - 1)]!;
    if (known !== 0) {
      this.#count -= known >> 8;
      return known & 255;
    }
    for (let length = FAST + 1; length <= 16; length++) {
      const code = (this.#bits >>> (this.#count - length)) & ((1 << length) - 1);
      if (code > table.largest[length]!) continue;
      this.#count -= length;
      return table.symbols[table.offset[length]! + code]!;
    }
    this.isSound = false;
    this.#count -= 1;
    return 0;
  }

  /** A number of so many bits, 16 at most, as JPEG writes differences. */
  value(length: number): number {
    if (length === 0) return 0;
    this.#fill();
    this.#count -= length;
    const bits = (this.#bits >>> this.#count) & ((1 << length) - 1);
    return bits < 1 << (length - 1) ? bits - (1 << length) + 1 : bits;
  }

  /** Goes to the marker that must come next, past the bits that fill the last byte. Gives whether it is this one. */
  marker(expected: number): boolean {
    // Whole bytes that were taken ahead of the marker, or bits that were not there: the data is longer or shorter than it should be.
    if (this.#count - this.#missing >= 8 || this.#missing > this.#count) return false;
    while (this.#bytes[this.#at] === 0xff && this.#bytes[this.#at + 1] === 0xff) this.#at++;
    if (this.#bytes[this.#at] !== 0xff || this.#bytes[this.#at + 1] !== expected) return false;
    this.#at += 2;
    this.#bits = this.#count = this.#missing = 0;
    return true;
  }
}
