import { Global, type Items } from '@understory/core/pickle';
import { badPyTorch } from '../errors.ts';

/** Numbers beside the pickle: an entry of the archive, or a part of the file in the format from before 1.6. */
export class Storage {
  readonly key: string;
  /** Safetensors code of the elements; undefined for raw bytes, whose type the tensor says. */
  readonly code: string | undefined;
  /** PyTorch's name of the type. */
  readonly type: string;
  /** Where it begins in the storage of that key, in elements: parts of storages exist in old files alone. */
  readonly offset: number;
  constructor(key: string, type: string, offset = 0) {
    this.key = key;
    this.type = type;
    this.code = Object.hasOwn(STORAGES, type) ? STORAGES[type] : undefined;
    this.offset = offset;
  }
}

/** A tensor as a view of a storage; counts are in elements. */
export class TensorView {
  readonly storage: Storage;
  readonly code: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(
    storage: Storage,
    code: string,
    offset: number,
    layout: readonly [readonly number[], readonly number[]],
  ) {
    this.storage = storage;
    this.code = code;
    this.offset = offset;
    [this.shape, this.strides] = layout;
  }
}

/** A tensor that is there and cannot be read, and why. */
export class UnreadView {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** Storages by PyTorch's name of their type → safetensors code of the elements. */
export const STORAGES: Readonly<Record<string, string | undefined>> = {
  'torch.FloatStorage': 'F32',
  'torch.DoubleStorage': 'F64',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
  'torch.storage.UntypedStorage': undefined,
  'torch.UntypedStorage': undefined,
};

const DTYPES: Readonly<Record<string, string>> = {
  'torch.float32': 'F32',
  'torch.float64': 'F64',
  'torch.float16': 'F16',
  'torch.bfloat16': 'BF16',
  'torch.int64': 'I64',
  'torch.int32': 'I32',
  'torch.int16': 'I16',
  'torch.uint16': 'U16',
  'torch.uint32': 'U32',
  'torch.uint64': 'U64',
  'torch.int8': 'I8',
  'torch.uint8': 'U8',
  'torch.bool': 'BOOL',
};

const countsOf = (value: unknown, what: string): number[] => {
  const isCount = (v: unknown): boolean => Number.isSafeInteger(v) && (v as number) >= 0;
  if (Array.isArray(value) && value.length <= 64 && value.every(isCount)) return value as number[];
  throw badPyTorch(`a tensor has no sound ${what}`);
};

const nameOf = (value: unknown): string => (value instanceof Global ? value.name : 'an unknown type');

/** `_rebuild_tensor_v2(storage, offset, size, stride, …)`; version 3 adds the type, for storages without one. */
export const tensorView = (
  [storage, offset, size, stride, , , dtype]: Items,
  version: 2 | 3,
): TensorView | UnreadView => {
  if (!(storage instanceof Storage)) return new UnreadView('its numbers are no storage of the file');
  const shape = countsOf(size, 'shape');
  const strides = countsOf(stride, 'strides');
  if (shape.length !== strides.length) throw badPyTorch('a tensor has not as many strides as dimensions');
  const type = version === 3 ? nameOf(dtype) : storage.type;
  const code = version === 3 && Object.hasOwn(DTYPES, type) ? DTYPES[type] : storage.code;
  if (code === undefined) return new UnreadView(`elements of ${type} are not read`);
  return new TensorView(storage, code, countsOf([offset], 'offset')[0]!, [shape, strides]);
};
