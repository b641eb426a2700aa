import type { ArrayType, NdArray } from '../contracts/arrays.ts';
import { UnderstoryError } from '../errors.ts';

type Data = NdArray['data'];

/** bfloat16 is the upper half of a float32. */
const fromBFloat16 = (bits: Uint16Array): Float32Array => {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = (bits[i]! << 16) >>> 0;
  return new Float32Array(out.buffer);
};

const float16 = (b: number): number => {
  const exponent = (b >> 10) & 31;
  const fraction = b & 1023;
  const sign = b & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction);
};

/** Every float16 by its bits: files hold many millions of them. */
let halves: Float32Array | undefined;
const fromFloat16 = (bits: Uint16Array): Float32Array => {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, b) => float16(b));
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = halves[bits[i]!]!;
  return out;
};

/** 64-bit and unsigned whole numbers, where int32 holds them. */
const fromWhole = (
  values: ArrayLike<number | bigint> & Iterable<number | bigint>,
  name: string,
): Int32Array => {
  const out = new Int32Array(values.length);
  let i = 0;
  for (const value of values) {
    const n = Number(value);
    if (n !== (n | 0)) {
      const what = `Tensor ${JSON.stringify(name)} holds ${value.toString()}, which int32 cannot hold.`;
      throw new UnderstoryError('bad-tensor', `${what} Leave that tensor out of the file.`);
    }
    out[i++] = n;
  }
  return out;
};

interface Format {
  /** Bytes of one element. */
  readonly width: number;
  readonly as: ArrayType;
  /** Reads from a buffer of its own (so every alignment is right). */
  readonly read: (buffer: ArrayBuffer, name: string) => Data;
}

/** Little-endian on disk; so is every machine that runs this. */
const FORMATS: Readonly<Record<string, Format>> = {
  F32: { width: 4, as: 'float32', read: (b) => new Float32Array(b) },
  F64: { width: 8, as: 'float32', read: (b) => new Float32Array(new Float64Array(b)) },
  F16: { width: 2, as: 'float32', read: (b) => fromFloat16(new Uint16Array(b)) },
  BF16: { width: 2, as: 'float32', read: (b) => fromBFloat16(new Uint16Array(b)) },
  I64: { width: 8, as: 'int32', read: (b, name) => fromWhole(new BigInt64Array(b), name) },
  U64: { width: 8, as: 'int32', read: (b, name) => fromWhole(new BigUint64Array(b), name) },
  I32: { width: 4, as: 'int32', read: (b) => new Int32Array(b) },
  U32: { width: 4, as: 'int32', read: (b, name) => fromWhole(new Uint32Array(b), name) },
  I16: { width: 2, as: 'int32', read: (b) => new Int32Array(new Int16Array(b)) },
  U16: { width: 2, as: 'int32', read: (b) => new Int32Array(new Uint16Array(b)) },
  I8: { width: 1, as: 'int32', read: (b) => new Int32Array(new Int8Array(b)) },
  U8: { width: 1, as: 'uint8', read: (b) => new Uint8Array(b) },
  BOOL: { width: 1, as: 'bool', read: (b) => new Uint8Array(b) },
};
/** Codes of the types that are read, as safetensors spells them. */
export const ELEMENT_TYPES: readonly string[] = Object.keys(FORMATS);

/** Bytes of one element of a type, by its safetensors code; undefined where such a type is not read. */
export const elementWidth = (code: string): number | undefined =>
  Object.hasOwn(FORMATS, code) ? FORMATS[code]!.width : undefined;

/**
 * Elements as they lie in a file, little-endian → the type that we compute with. `name` is for the error alone.
 * Errors: `bad-tensor`.
 */
export const decodeElements = (
  code: string,
  buffer: ArrayBuffer,
  name: string,
): Pick<NdArray, 'dtype' | 'data'> => {
  const { as, read } = FORMATS[code]!;
  return { dtype: as, data: read(buffer, name) };
};
