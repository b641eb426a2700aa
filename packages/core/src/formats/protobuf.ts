/** The few lines of protocol buffers that graphs and event files need: fields out of a message, and fields into one. */
import { joinBytes } from './safetensors.ts';

/** A field as it lies in a message: a number where it is a varint, else its bytes. */
export interface Field {
  readonly id: number;
  readonly value: number | Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Reads a varint; whole numbers beyond 2^53 lose their last digits. */
const varintAt = (bytes: Uint8Array, start: number): readonly [value: number, next: number] => {
  let value = 0;
  let scale = 1;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return [value, at + 1];
  }
  throw new RangeError('A protocol buffer ends in the middle of a number');
};

/** The fields of a message, in order. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < bytes.length) {
    const [tag, afterTag] = varintAt(bytes, at);
    const kind = tag & 7;
    const id = Math.floor(tag / 8);
    if (kind === VARINT) {
      const [value, next] = varintAt(bytes, afterTag);
      yield { id, value };
      at = next;
      continue;
    }
    const [size, start] = kind === BYTES ? varintAt(bytes, afterTag) : [sizeOf(kind), afterTag];
    yield { id, value: bytes.subarray(start, start + size) };
    at = start + size;
  }
}

const sizeOf = (kind: number): number => {
  if (kind === FIXED64) return 8;
  if (kind === FIXED32) return 4;
  throw new RangeError(`A protocol buffer holds an unknown kind of field: ${kind}`);
};

const utf8 = new TextDecoder();

export const textOf = ({ value }: Field): string =>
  typeof value === 'number' ? String(value) : utf8.decode(value);
export const bytesOf = ({ value }: Field): Uint8Array =>
  typeof value === 'number' ? new Uint8Array() : value;
export const numberOf = ({ value }: Field): number => (typeof value === 'number' ? value : NaN);

/** The messages that stand in a message's field `id`. */
export const messagesIn = (bytes: Uint8Array, id: number): Uint8Array[] =>
  [...fieldsOf(bytes)].filter((field) => field.id === id).map(bytesOf);

/** The numbers of a repeated field, packed or not. */
export const numbersOf = ({ value }: Field): number[] => {
  if (typeof value === 'number') return [value];
  const numbers: number[] = [];
  for (let at = 0; at < value.length;) {
    const [number, next] = varintAt(value, at);
    numbers.push(number);
    at = next;
  }
  return numbers;
};

const varint = (value: number): Uint8Array => Uint8Array.from(value < 0 ? negative(value) : digits(value));

/** Seven bits a byte, the lowest first. */
const digits = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
};

/** Two's complement in 64 bits, ten bytes on the wire. */
const negative = (value: number): number[] => {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
  return [...bytes, Number(rest)];
};

/** A number that is not whole, in 4 or 8 bytes. */
class Fixed {
  readonly kind: number;
  readonly bytes: Uint8Array;

  constructor(kind: number, numbers: Float32Array | Float64Array) {
    this.kind = kind;
    this.bytes = new Uint8Array(numbers.buffer); // little-endian, as every machine that runs JavaScript stores them
  }
}

export const float = (value: number): Fixed => new Fixed(FIXED32, Float32Array.of(value));
export const double = (value: number): Fixed => new Fixed(FIXED64, Float64Array.of(value));

/**
 * What a message may hold: whole numbers and flags as varints, `float` and `double`, texts, messages as bytes; a list
 * repeats its field.
 */
export type Content = number | boolean | string | Uint8Array | Fixed | readonly Content[];

/** Makes a message, its fields by number in rising order; one that is undefined is left out. */
export const message = (fields: Readonly<Record<number, Content | undefined>>): Uint8Array =>
  joinBytes(Object.entries(fields).flatMap(([id, content]) => encoded(Number(id), content)));

const isList = (content: Content): content is readonly Content[] => Array.isArray(content);

const encoded = (id: number, content: Content | undefined): Uint8Array[] => {
  if (content === undefined) return [];
  if (isList(content)) return content.flatMap((one) => encoded(id, one));
  const key = (kind: number): Uint8Array => varint(id * 8 + kind);
  if (typeof content === 'number' || typeof content === 'boolean')
    return [key(VARINT), varint(Number(content))];
  if (content instanceof Fixed) return [key(content.kind), content.bytes];
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return [key(BYTES), varint(bytes.length), bytes];
};
