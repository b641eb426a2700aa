import { isCount, isObject } from '../checks.ts';
import type { ArrayType, NdArray, NdArrays } from '../contracts/arrays.ts';
import { copiedPart, plainBytes } from './bytes.ts';
import { decodeElements, ELEMENT_TYPES, elementWidth } from './elements.ts';
import { UnderstoryError } from '../errors.ts';

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: NdArrays;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A tensor that the file holds and these arrays cannot: of a type that is not read, or of numbers too large. */
export interface UnreadTensor {
  readonly name: string;
  readonly why: string;
}

export interface DecodeOptions {
  /** Is told of each tensor that cannot be read, which is then left out; without it such a tensor is an error. */
  readonly unread?: (tensor: UnreadTensor) => void;
}

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const METADATA = '__metadata__';
/** The reference implementation's own limit on the header, in bytes. */
const MAX_HEADER = 100_000_000;

const refuse = (what: string): never => {
  throw new UnderstoryError(
    'bad-safetensors',
    `Not a sound safetensors file: ${what}. Save or download it again.`,
  );
};
const quoted = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);

const CODES: Readonly<Record<ArrayType, string>> = {
  float32: 'F32',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
};

/** Keys written in a JSON text, by counting the colons outside strings; `JSON.parse` drops repeated ones silently. */
const writtenKeys = (json: string): number => {
  let keys = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (inString && c === '\\') i++;
    else if (c === '"') inString = !inString;
    else if (c === ':' && !inString) keys++;
  }
  return keys;
};

const parseHeader = (bytes: Uint8Array): Record<string, Record<string, unknown>> => {
  let header: unknown;
  let json = '';
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(json);
  } catch (error) {
    throw new UnderstoryError('bad-safetensors', 'Not a sound safetensors file: its header is not JSON.', {
      cause: error,
    });
  }
  if (!isObject(header)) return refuse('its header is not a JSON object');
  let keys = 0;
  for (const [name, value] of Object.entries(header)) {
    if (!isObject(value)) return refuse(`entry ${quoted(name)} is not an object`);
    keys += 1 + Object.keys(value).length;
  }
  if (keys !== writtenKeys(json)) return refuse('its header repeats a name, or nests deeper than tensors do');
  return header as Record<string, Record<string, unknown>>;
};

const entryOf = (name: string, info: Record<string, unknown>): Entry => {
  const { dtype, shape, data_offsets: offsets } = info;
  const what = `tensor ${quoted(name)}`;
  if (typeof dtype !== 'string') return refuse(`${what} has no dtype`);
  const width = elementWidth(dtype);
  if (!Array.isArray(shape) || !shape.every(isCount)) return refuse(`${what} has no shape of whole numbers`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return refuse(`${what} has no data_offsets [begin, end]`);
  }
  const [begin, end] = offsets as [number, number];
  const size = width === undefined ? Math.max(0, end - begin) : shape.reduce((a, b) => a * b, width);
  if (size !== end - begin) {
    return refuse(
      `${what} of shape [${shape.slice(0, 8).join(', ')}] needs ${size} bytes, has ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
};

/** Tensors must follow each other without a gap and fill the file, as in the reference implementation. */
const checkLayout = (entries: readonly Entry[], room: number): void => {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      refuse(`tensor ${quoted(name)} ${begin < at ? 'overlaps another' : 'leaves a gap before it'}`);
    if (end > room) refuse(`tensor ${quoted(name)} ends at byte ${end} of ${room}; the file is cut off`);
    at = end;
  }
  if (at !== room) refuse(`${room - at} bytes belong to no tensor`);
};

/** What a file begins with, for people: as text where it is text, else as numbers. */
const beginning = (bytes: Uint8Array): string => {
  const head = bytes.subarray(0, 16);
  const isText = head.every((byte) => byte >= 32 && byte < 127);
  return isText
    ? quoted(new TextDecoder().decode(new Uint8Array(head)))
    : Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
};

/** Bytes of the header, which the first eight bytes tell. */
const headerLength = (bytes: Uint8Array): number => {
  if (bytes.length < 8) return refuse(`${bytes.length} bytes cannot hold a header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER) {
    const head = `it begins with ${beginning(bytes)}, which as the length of a header`;
    return refuse(`${head} does not fit in a file of ${bytes.length} bytes`);
  }
  if (length <= bytes.length - 8) return length;
  return refuse(`a header of ${length} bytes does not fit in a file of ${bytes.length}; the file is cut off`);
};

const decoded = ({ name, dtype, shape, begin, end }: Entry, data: Uint8Array): NdArray => {
  if (elementWidth(dtype) === undefined) {
    const readable = `readable are ${ELEMENT_TYPES.join(', ')}`;
    throw new UnderstoryError(
      'bad-safetensors',
      `Tensor ${quoted(name)} is of type ${quoted(dtype)}; ${readable}. Save it as one of these.`,
    );
  }
  return { shape, ...decodeElements(dtype, copiedPart(data, begin, end), name) };
};

/**
 * Reads a safetensors file. F16, BF16 and F64 become float32; whole numbers other than uint8 become int32 where they
 * fit. Allocates in proportion to the file, whatever its header claims. Errors: `bad-safetensors`; `bad-tensor` and
 * unknown types where `unread` is not there to be told.
 */
export const decodeSafetensors = (given: Uint8Array, { unread }: DecodeOptions = {}): Safetensors => {
  const bytes = plainBytes(given);
  const length = headerLength(bytes);
  const header = parseHeader(bytes.subarray(8, 8 + length));
  const data = bytes.subarray(8 + length);
  const names = Object.keys(header).filter((name) => name !== METADATA);
  const entries = names.map((name) => entryOf(name, header[name]!));
  checkLayout(entries, data.length);
  const metadata = Object.hasOwn(header, METADATA) ? header[METADATA]! : {};
  if (!Object.values(metadata).every((v) => typeof v === 'string'))
    return refuse('its metadata holds more than text');
  const tensors = entries.flatMap((entry): [string, NdArray][] => {
    try {
      return [[entry.name, decoded(entry, data)]];
    } catch (error) {
      if (!unread || !(error instanceof UnderstoryError)) throw error;
      unread({ name: entry.name, why: error.message });
      return [];
    }
  });
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> };
};

/** Order of the reference implementation: widest type first, then by name, so that every tensor is aligned. */
const ORDER: readonly ArrayType[] = ['float32', 'int32', 'uint8', 'bool'];
const byTypeThenName = ([a, x]: [string, NdArray], [b, y]: [string, NdArray]): number =>
  ORDER.indexOf(x.dtype) - ORDER.indexOf(y.dtype) || (a < b ? -1 : 1);

const checkTensor = (name: string, { shape, data }: NdArray): void => {
  const count = shape.reduce((a, b) => a * b, 1);
  const cannot = (why: string): never => {
    throw new UnderstoryError('bad-tensor', `Cannot write tensor ${quoted(name)}: ${why}.`);
  };
  if (count !== data.length)
    cannot(`shape [${shape.join(', ')}] needs ${count} values, it has ${data.length}`);
  if (name === METADATA || /\p{Surrogate}/u.test(name)) cannot('the name is reserved, or is no Unicode text');
};

/**
 * A safetensors file as parts that follow each other, byte for byte what the reference implementation writes. The parts
 * are the tensors' own memory, so that nothing is copied and the event loop not held up. Errors: `bad-tensor`.
 */
export const safetensorsParts = (
  tensors: NdArrays,
  metadata?: Readonly<Record<string, string>>,
): readonly Uint8Array[] => {
  const sorted = Object.entries(tensors).sort(byTypeThenName);
  let size = 0;
  const infos = sorted.map(([name, tensor]): [string, unknown] => {
    checkTensor(name, tensor);
    const begin = size;
    size += tensor.data.byteLength;
    return [name, { dtype: CODES[tensor.dtype], shape: tensor.shape, data_offsets: [begin, size] }];
  });
  // Joined by hand: an object would move names that look like numbers to the front.
  const fields = (metadata ? [[METADATA, metadata] as const, ...infos] : infos).map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(start).fill(32);
  new DataView(head.buffer).setBigUint64(0, BigInt(start - 8), true);
  head.set(json, 8);
  const bodies = sorted.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return [head, ...bodies];
};

export const joinBytes = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** `safetensorsParts` in one piece. */
export const encodeSafetensors = (
  tensors: NdArrays,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array => joinBytes(safetensorsParts(tensors, metadata));
