const STOP = 0;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;
/** Bytes of numbers that are not written one by one in seven bits; of booleans none, whose type tells them. */
const FIXED: Readonly<Record<number, number>> = { 1: 0, 2: 0, 3: 1, 7: 8 };
const VARINTS = [4, 5, 6];
const MAX_DEPTH = 24;
/** Longest number, in bytes. */
const MAX_VARINT = 10;

/** Walks what Thrift's compact protocol wrote, without making anything of it. */
class Walk {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new Error('it ends in the middle');
    return byte;
  }

  #varint(): number {
    let value = 0;
    for (let i = 0; i < MAX_VARINT; i++) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return value;
    }
    throw new Error('a number of over ten bytes');
  }

  #skip(length: number): void {
    if (!(length <= this.#bytes.length - this.at)) throw new Error('it ends in the middle');
    this.at += length;
  }

  #list(depth: number): void {
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    const type = head & 15;
    // Every element takes a byte at least: a count beyond what is left is a lie.
    if (count > this.#bytes.length - this.at) throw new Error(`a list that claims ${count} entries`);
    for (let i = 0; i < count; i++) this.#value(type === 1 || type === 2 ? 3 : type, depth);
  }

  #value(type: number, depth: number): void {
    const fixed = FIXED[type];
    if (fixed !== undefined) this.#skip(fixed);
    else if (VARINTS.includes(type)) this.#varint();
    else if (type === BINARY) this.#skip(this.#varint());
    else if (type === LIST) this.#list(depth + 1);
    else if (type === STRUCT) this.struct(depth + 1);
    else throw new Error(`a value of the unknown type ${type}`);
  }

  struct(depth: number): void {
    if (depth > MAX_DEPTH) throw new Error(`values nested over ${MAX_DEPTH} deep`);
    for (;;) {
      const head = this.#byte();
      const type = head & 15;
      if (type === STOP) return;
      if (head >> 4 === 0) this.#varint();
      this.#value(type, depth);
    }
  }
}

/** Where a Thrift structure ends that begins at `at`. Errors where it is none, or claims more than there is of it. */
export const thriftEnd = (bytes: Uint8Array, at = 0): number => {
  const walk = new Walk(bytes, at);
  walk.struct(0);
  return walk.at;
};
