import {
  getGradient,
  getKernel,
  registerGradient,
  registerKernel,
  unregisterKernel,
  type GradConfig,
  type GradFunc,
  type KernelConfig,
  type NamedAttrMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import { onTensorFlow } from './nativeOp.ts';

/** A kernel of the `tensorflow` backend: inputs and attributes by tfjs's names. */
export type NativeKernel<N extends string> = (
  inputs: Readonly<Record<N, Tensor>>,
  attrs: NamedAttrMap,
) => TensorInfo | TensorInfo[];

/** Registers a kernel for TensorFlow that takes the inputs of these names, in place of the one that is there. */
export const nativeKernel = <N extends string>(
  kernelName: string,
  names: readonly N[],
  fn: NativeKernel<N>,
): void => {
  replaceKernel(kernelName, (inputs, attrs) => {
    // tfjs hands over tensors, whatever its types say.
    const tensors = names.map((name) => inputs[name] as Tensor | undefined);
    return fn(named(kernelName, names, tensors), attrs);
  });
};

/** Inputs of a kernel by name, as tfjs hands them over: some kernels take lists, and some inputs are left out. */
export type Inputs = Readonly<Record<string, TensorInfo | TensorInfo[] | undefined>>;

/** A kernel with whatever inputs it is given, and the one that it replaces. */
type AnyKernel = (
  inputs: Inputs,
  attrs: NamedAttrMap,
  old: () => TensorInfo | TensorInfo[],
) => TensorInfo | TensorInfo[];

/** Registers a kernel for TensorFlow in place of the one that is there, which it may call. */
export const replaceKernel = (kernelName: string, fn: AnyKernel): void => {
  const old = getKernel(kernelName, 'tensorflow') as KernelConfig | undefined;
  if (old) unregisterKernel(kernelName, 'tensorflow');
  registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: (given) => {
      const { inputs, attrs } = given;
      return fn(inputs, attrs ?? {}, () => requireKernel(kernelName, old).kernelFunc(given));
    },
  });
};

const requireKernel = (kernelName: string, kernel: KernelConfig | undefined): KernelConfig => {
  if (kernel) return kernel;
  throw new UnderstoryError(
    'op-missing',
    `tfjs's native backend has no kernel for ${kernelName} to go back to.`,
  );
};

/** Tensors by the names of the places in which they come. */
export const named = <N extends string, T extends TensorInfo>(
  kernelName: string,
  names: readonly N[],
  tensors: readonly (T | undefined)[],
): Readonly<Record<N, T>> => {
  const missing = names.find((_, i) => tensors[i] === undefined);
  if (missing === undefined)
    return Object.fromEntries(names.map((name, i) => [name, tensors[i]])) as Record<N, T>;
  throw new UnderstoryError('invalid-value', `${kernelName} is called without its tensor "${missing}".`);
};

/** What a gradient works with: what the forward pass kept by name, and what it kept besides. */
export interface Backward<N extends string> {
  readonly dy: Tensor;
  readonly saved: Readonly<Record<N, Tensor>>;
  readonly others: readonly Tensor[];
  readonly attrs: NamedAttrMap;
  /** The gradient by tfjs's own formula. */
  readonly composed: () => ReturnType<GradFunc>;
}

interface GradientOptions<N extends string> {
  /** Names of the tensors that are kept, in their order. */
  readonly names: readonly N[];
  /** Replaces what the forward pass keeps; tfjs's formula must be able to work from that too. */
  readonly saves?: Pick<GradConfig, 'inputsToSave' | 'outputsToSave'>;
}

/** Registers a gradient for TensorFlow and leaves every other backend tfjs's own. */
export const nativeGradient = <N extends string>(
  kernelName: string,
  { names, saves }: GradientOptions<N>,
  gradient: (backward: Backward<N>) => ReturnType<GradFunc>,
): void => {
  const original = getGradient(kernelName);
  const { inputsToSave, outputsToSave } = saves ?? original;
  registerGradient({
    kernelName,
    ...(inputsToSave && { inputsToSave }),
    ...(outputsToSave && { outputsToSave }),
    gradFunc: (dys, kept, attrs) => {
      const composed = (): ReturnType<GradFunc> => original.gradFunc(dys, kept, attrs);
      if (!onTensorFlow()) return composed();
      const saved = named(kernelName, names, kept);
      return gradient({ dy: firstOf(dys), saved, others: kept.slice(names.length), attrs, composed });
    },
  });
};

/** The gradient that arrives at a kernel's first output. */
export const firstOf = (dys: Tensor | Tensor[]): Tensor => {
  const [first] = [dys].flat();
  if (first) return first;
  throw new UnderstoryError('invalid-value', 'A gradient is asked for without one that arrives.');
};
