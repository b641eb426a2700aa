/** A field of a protocol-buffers message, encoded. Only what event files need. */
export type Field = readonly number[] | Uint8Array;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Whole numbers from 0 to 2^53, seven bits a byte, lowest first. */
const varint = (value: number): number[] => {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return [...out, rest];
};

const key = (field: number, wire: number): number[] => varint(field * 8 + wire);

const fixed = (bytes: number, write: (view: DataView) => void): Uint8Array => {
  const view = new DataView(new ArrayBuffer(bytes));
  write(view);
  return new Uint8Array(view.buffer);
};

/** Fields one after the other: a message. */
export const message = (...fields: readonly Field[]): Uint8Array => {
  const out = new Uint8Array(fields.reduce((sum, f) => sum + f.length, 0));
  let at = 0;
  for (const field of fields) {
    out.set(field, at);
    at += field.length;
  }
  return out;
};

/** int32, int64 or enum; the default value 0 is left out, as the format has it. */
export const wholeField = (field: number, value: number): Field =>
  value === 0 ? [] : [...key(field, VARINT), ...varint(value)];

export const doubleField = (field: number, value: number): Field =>
  message(
    key(field, FIXED64),
    fixed(8, (view) => view.setFloat64(0, value, true)),
  );

export const floatField = (field: number, value: number): Field =>
  message(
    key(field, FIXED32),
    fixed(4, (view) => view.setFloat32(0, value, true)),
  );

/** Text, bytes or a message within a message. */
export const bytesField = (field: number, value: Uint8Array | string): Field => {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return message(key(field, BYTES), varint(bytes.length), bytes);
};
