import {
  backend,
  engine,
  getBackend,
  type DataStorage,
  type DataType,
  type KernelBackend,
  type Tensor,
  type TensorInfo,
  type Variable,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import type { Attribute } from '../graph/native.ts';

/** An object that names a tensor's data; tfjs compares it by identity. */
export type DataId = object;

/** What tfjs's native backend keeps of a tensor's data. */
export interface TensorData {
  shape: number[];
  /** TensorFlow's number of the type. */
  dtype: number;
  /** Values that were not yet handed to TensorFlow. */
  values: ArrayBufferView | null;
  /** TensorFlow's tensor; −1 while only `values` exist. */
  id: number;
  refCount: number;
}

export interface Metadata {
  readonly id: number;
  readonly dtype: number;
  readonly shape: number[];
}

/** The face of tfjs's addon that its kernels use. */
export interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
  createTensor(shape: number[], dtype: number, data: ArrayBufferView): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): ArrayBufferView;
  executeOp(op: string, attributes: Attribute[], inputs: number[], outputs: number): Metadata[];
}

/** tfjs's native backend, as far as tracing steps into it. */
export interface NativeBackend extends KernelBackend {
  binding: Binding;
  readonly tensorMap: DataStorage<TensorData>;
  getDTypeInteger(dtype: DataType): number;
  getInputTensorIds(tensors: readonly (TensorInfo | Int64Scalar)[]): number[];
  createOutputTensor(metadata: Metadata): Tensor;
  incRef(dataId: DataId): void;
}

/** A 64-bit number that a kernel of tfjs's native backend passes on; it is no tensor. */
export interface Int64Scalar {
  readonly valueArray: Int32Array;
}

interface EngineState {
  readonly scopeStack: readonly { readonly name: string }[];
  readonly tensorInfo: WeakMap<
    DataId,
    { backend: KernelBackend; dtype: DataType; shape: number[]; bytes: number }
  >;
  numDataBuffers: number;
}

/** tfjs's engine, as far as tracing steps into it. */
export interface TfjsEngine {
  readonly state: EngineState;
  readonly registeredVariables: Readonly<Record<string, Variable>>;
  makeVariable(initial: Tensor, trainable?: boolean, name?: string, dtype?: DataType): Variable;
  makeTensorFromTensorInfo(info: TensorInfo, backend?: KernelBackend): Tensor;
  trackTensor(tensor: Tensor, backend: KernelBackend): void;
  disposeTensor(tensor: Tensor): void;
  removeDataId(dataId: DataId, backend: KernelBackend): void;
}

// Some of these members are private in tfjs's types, and all of them public in what runs; the version is pinned.
export const tfjsEngine = (): TfjsEngine => engine();

/** tfjs's native backend; throws `engine-missing` where another one is active. */
export const nativeBackend = (): NativeBackend => {
  if (getBackend() === 'tensorflow') return backend() as unknown as NativeBackend;
  throw new UnderstoryError(
    'engine-missing',
    `Compiled steps need native TensorFlow, and tfjs runs on "${getBackend()}": install the engine and call loadEngine() first, or run steps eagerly.`,
  );
};

/** Puts other members into an object; the returned function puts the old ones back. */
export const replaceMembers = <T extends object>(target: T, members: Partial<T>): (() => void) => {
  const names = Object.keys(members) as (keyof T)[];
  const saved = names.map((name) => [name, Object.getOwnPropertyDescriptor(target, name)] as const);
  Object.assign(target, members);
  return () => {
    for (const [name, descriptor] of saved) {
      if (descriptor) Object.defineProperty(target, name, descriptor);
      else Reflect.deleteProperty(target, name);
    }
  };
};
