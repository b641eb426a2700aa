/** Makes the error of a reader: `its pickle ends in the middle` is what was found. */
export type Refusal = (what: string) => Error;

/** Longest text line of a pickle, in bytes. */
const MAX_LINE = 65_536;

/** Reads little-endian values one after another; never past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  /** The error of the format that the bytes are of. */
  readonly refusal: Refusal;
  #at: number;

  /** `what` names the bytes in errors. */
  constructor(bytes: Uint8Array, refusal: Refusal, what = 'its pickle') {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#what = what;
    this.refusal = refusal;
    this.#at = 0;
  }

  /** Where reading has come to, in bytes. */
  get at(): number {
    return this.#at;
  }

  #take(length: number): number {
    const from = this.#at;
    if (!(length <= this.#bytes.length - from)) throw this.refusal(`${this.#what} ends in the middle`);
    this.#at += length;
    return from;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** A length of eight bytes; what a number cannot hold is past every end. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  /** Floats alone are big-endian in a pickle. */
  float64(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  bytes(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.bytes(length));
  }

  /** Text up to the end of the line. */
  line(): string {
    const end = this.#bytes.subarray(this.#at, this.#at + MAX_LINE).indexOf(10);
    if (end < 0) throw this.refusal(`${this.#what} ends in the middle`);
    const line = this.text(end);
    this.#at++;
    return line;
  }

  /** A whole number of so many bytes, two's complement; a bigint where a number cannot hold it. */
  long(length: number): number | bigint {
    let value = 0n;
    for (const [i, byte] of this.bytes(length).entries()) value |= BigInt(byte) << BigInt(8 * i);
    const signed = length > 0 ? BigInt.asIntN(8 * length, value) : 0n;
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }
}
