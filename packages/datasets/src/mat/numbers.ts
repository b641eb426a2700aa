import { badAnnotation } from '../boxes/annotationText.ts';
import { viewOf, type Element } from './elements.ts';

interface Kind {
  readonly bytes: number;
  readonly make: (length: number) => { [at: number]: number; readonly length: number };
  readonly get: (view: DataView, at: number, isLittle: boolean) => number;
}

const whole = (value: bigint): number => {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw badAnnotation(`it holds ${value}, too large a number to be exact`);
  return number;
};

/** Types of numbers, as the format numbers them. */
const KINDS: Readonly<Record<number, Kind>> = {
  1: { bytes: 1, make: (n) => new Int8Array(n), get: (v, at) => v.getInt8(at) },
  2: { bytes: 1, make: (n) => new Uint8Array(n), get: (v, at) => v.getUint8(at) },
  3: { bytes: 2, make: (n) => new Int16Array(n), get: (v, at, e) => v.getInt16(at, e) },
  4: { bytes: 2, make: (n) => new Uint16Array(n), get: (v, at, e) => v.getUint16(at, e) },
  5: { bytes: 4, make: (n) => new Int32Array(n), get: (v, at, e) => v.getInt32(at, e) },
  6: { bytes: 4, make: (n) => new Uint32Array(n), get: (v, at, e) => v.getUint32(at, e) },
  7: { bytes: 4, make: (n) => new Float32Array(n), get: (v, at, e) => v.getFloat32(at, e) },
  9: { bytes: 8, make: (n) => new Float64Array(n), get: (v, at, e) => v.getFloat64(at, e) },
  12: { bytes: 8, make: (n) => new Float64Array(n), get: (v, at, e) => whole(v.getBigInt64(at, e)) },
  13: { bytes: 8, make: (n) => new Float64Array(n), get: (v, at, e) => whole(v.getBigUint64(at, e)) },
};

/** The numbers of an element, in their own type. Errors: `bad-annotation`. */
export const readNumbers = (element: Element): ArrayLike<number> => {
  const kind = KINDS[element.type];
  if (!kind) throw badAnnotation(`it holds numbers of the unknown type ${element.type}`);
  const length = element.bytes.length / kind.bytes;
  if (!Number.isInteger(length))
    throw badAnnotation(`${element.bytes.length} bytes are no whole numbers of ${kind.bytes} bytes each`);
  const view = viewOf(element);
  const out = kind.make(length);
  for (let i = 0; i < length; i++) out[i] = kind.get(view, i * kind.bytes, element.isLittle);
  return out;
};
