import { UnderstoryError } from '@understory/core';
import type { Items, PickleRules } from '@understory/core/pickle';

/** A NumPy array that a pickle describes; what it holds its state tells. */
export class NumpyArray {
  shape: readonly number[] = [];
  /** NumPy's code of its type: `u1` for bytes. */
  type = '';
  /** Whether its first dimension runs fastest. */
  isFortran = false;
  data: Uint8Array = new Uint8Array(0);
}

/** The type of an array's numbers. */
class NumpyType {
  readonly code: string;
  constructor(code: string) {
    this.code = code;
  }
}

/** A text of Python 3, or of Python 2, whose texts are bytes. */
export const pickledText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
};

const shapeOf = (value: unknown): readonly number[] => {
  const isSide = (side: unknown): side is number => Number.isSafeInteger(side) && Number(side) >= 0;
  return Array.isArray(value) && value.length <= 8 && value.every(isSide) ? value : [];
};

interface ArrayParts {
  readonly shape: unknown;
  readonly type: unknown;
  readonly isFortran: boolean;
  readonly data: unknown;
}

const fill = (array: NumpyArray, { shape, type, isFortran, data }: ArrayParts): NumpyArray => {
  array.shape = shapeOf(shape);
  array.type = type instanceof NumpyType ? type.code : '';
  array.isFortran = isFortran;
  if (data instanceof Uint8Array) array.data = data;
  return array;
};

type Call = (args: Items) => unknown;

const fromBuffer: Call = ([data, type, shape, order]) =>
  fill(new NumpyArray(), { shape, type, isFortran: pickledText(order) === 'F', data });

const CLASS_ONLY = 'numpy.ndarray';

/** What a pickle of arrays, of any version of NumPy and Python, calls; `room` bounds what byte strings may take. */
const callsOf = (room: number): Readonly<Record<string, Call>> => {
  let left = room;
  // Python 3 writes its bytes so for Python 2: as a text of as many characters.
  const encode: Call = ([text]) => {
    if (typeof text !== 'string' || (left -= text.length) < 0) return undefined;
    return new Uint8Array(Buffer.from(text, 'latin1'));
  };
  return {
    'numpy.core.multiarray._reconstruct': () => new NumpyArray(),
    'numpy._core.multiarray._reconstruct': () => new NumpyArray(),
    'numpy.core.numeric._frombuffer': fromBuffer,
    'numpy._core.numeric._frombuffer': fromBuffer,
    'numpy.dtype': ([code]) => new NumpyType(pickledText(code) ?? ''),
    '_codecs.encode': encode,
  };
};

const shut = (name: string): UnderstoryError =>
  new UnderstoryError(
    'unsafe-pickle',
    `This file asks for ${JSON.stringify(name.slice(0, 60))}, which no CIFAR file needs. Nothing of it was run. ` +
      'Do not load it in Python either; download the dataset from its authors again.',
  );

/**
 * What a pickle of NumPy arrays, lists and texts needs, as data, and nothing else: any other name is refused. `size` is
 * the file's, in bytes. Errors: `unsafe-pickle`.
 */
export const numpyRules = (size: number): PickleRules => {
  const calls = callsOf(4 * size);
  return {
    allow: (name) => {
      if (name !== CLASS_ONLY && !Object.hasOwn(calls, name)) throw shut(name);
    },
    call: (name, args) => {
      const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
      if (!call) throw shut(name);
      return call(args);
    },
    resolve: () => {
      throw shut('something outside of it');
    },
    byteString: (bytes) => bytes,
    build: (target, state) => {
      if (!(target instanceof NumpyArray) || !Array.isArray(state)) return;
      const [, shape, type, isFortran, data] = state as Items;
      fill(target, { shape, type, isFortran: isFortran === true, data });
    },
  };
};
