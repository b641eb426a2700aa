/** The few lines of protocol buffers that graphs need: fields out of a message, and fields into one. */

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
    value += (bytes[at]! & 0x7f) * scale;
    scale *= 128;
    if (bytes[at]! < 0x80) return [value, at + 1];
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

const varint = (value: number): number[] => {
  if (value < 0) return negative(value);
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
};

/** Two's complement in 64 bits, ten bytes on the wire. */
const negative = (value: number): number[] => {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
  return [...bytes, Number(rest)];
};

/** What a message may hold here: numbers and flags as varints, texts, messages; a list repeats its field. */
export type Content = number | boolean | string | Uint8Array | readonly Content[];

/** Makes a message; a field that is undefined is left out. */
export const message = (fields: Readonly<Record<number, Content | undefined>>): Uint8Array =>
  Uint8Array.from(Object.entries(fields).flatMap(([id, content]) => encoded(Number(id), content)));

const encoded = (id: number, content: Content | undefined): number[] => {
  if (content === undefined) return [];
  if (Array.isArray(content)) return (content as readonly Content[]).flatMap((one) => encoded(id, one));
  if (typeof content === 'number' || typeof content === 'boolean')
    return [...varint(id * 8 + VARINT), ...varint(Number(content))];
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : (content as Uint8Array);
  return [...varint(id * 8 + BYTES), ...varint(bytes.length), ...bytes];
};
