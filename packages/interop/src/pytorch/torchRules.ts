import { UnderstoryError } from '@understory/core';
import { badPyTorch } from '../errors.ts';
import { Dict, Global, type Items } from './pickleValues.ts';
import type { PickleRules } from './readPickle.ts';

/** A file of numbers in the archive. */
export class Storage {
  readonly key: string;
  /** Safetensors code of the elements; undefined for raw bytes, whose type the tensor says. */
  readonly code: string | undefined;
  constructor(key: string, code: string | undefined) {
    this.key = key;
    this.code = code;
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

const STORAGES: Readonly<Record<string, string | undefined>> = {
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

/** `_rebuild_tensor_v2(storage, offset, size, stride, …)`; version 3 adds the type, for storages without one. */
const tensor = ([storage, offset, size, stride, , , dtype]: Items, version: 2 | 3): TensorView => {
  if (!(storage instanceof Storage)) throw badPyTorch('a tensor has no storage');
  const shape = countsOf(size, 'shape');
  const strides = countsOf(stride, 'strides');
  if (shape.length !== strides.length) throw badPyTorch('a tensor has not as many strides as dimensions');
  const named = version === 3 && dtype instanceof Global ? DTYPES[dtype.name] : undefined;
  const code = named ?? storage.code;
  if (code === undefined) throw badPyTorch('a tensor has elements of a type that is not read');
  return new TensorView(storage, code, countsOf([offset], 'offset')[0]!, [shape, strides]);
};

/** Calls that PyTorch itself writes for tensors, parameters and their dictionaries. All else is refused. */
const CALLS: Readonly<Record<string, (args: Items) => unknown>> = {
  'collections.OrderedDict': () => new Dict(),
  'torch._utils._rebuild_tensor_v2': (args) => tensor(args, 2),
  'torch._utils._rebuild_tensor_v3': (args) => tensor(args, 3),
  'torch._utils._rebuild_parameter': ([data]) => data,
  'torch._utils._rebuild_parameter_with_state': ([data]) => data,
  'torch.Size': ([sizes]) => sizes,
};

const unsafe = (name: string): UnderstoryError =>
  new UnderstoryError(
    'unsafe-pickle',
    `This file wants to call ${JSON.stringify(name.slice(0, 100))}, which makes no tensor. Nothing of it was run. ` +
      'Save the weights alone, with torch.save(model.state_dict(), file), and read that file.',
  );

/** Answers what a file of weights asks for. Errors: `unsafe-pickle`, `bad-pytorch`. */
export const torchRules: PickleRules = {
  call: (name, args) => {
    if (!Object.hasOwn(CALLS, name)) throw unsafe(name);
    return CALLS[name]!(args);
  },
  resolve: (id) => {
    const [kind, type, key] = Array.isArray(id) ? (id as Items) : [];
    if (kind !== 'storage' || typeof key !== 'string' || !(type instanceof Global)) {
      throw badPyTorch('it refers to something that is no storage');
    }
    if (Object.hasOwn(STORAGES, type.name)) return new Storage(key, STORAGES[type.name]);
    throw badPyTorch(`it holds a ${type.name}; readable are ${Object.keys(STORAGES).join(', ')}`);
  },
};
