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
  type NamedTensorInfoMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { onTensorFlow } from './nativeOp.ts';

/** A kernel of the `tensorflow` backend: inputs and attributes by tfjs's names. */
export type NativeKernel = (inputs: NamedTensorInfoMap, attrs: NamedAttrMap) => TensorInfo | TensorInfo[];

/** Registers a kernel for TensorFlow, in place of the one that is there. */
export const nativeKernel = (kernelName: string, fn: NativeKernel): void => {
  const config: KernelConfig = {
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => fn(inputs, attrs ?? {}),
  };
  const old = getKernel(kernelName, 'tensorflow') as KernelConfig | undefined;
  if (old) unregisterKernel(kernelName, 'tensorflow');
  registerKernel(config);
};

export type Gradient = (dy: Tensor, saved: Tensor[], attrs: NamedAttrMap) => ReturnType<GradFunc>;

/**
 * Registers a gradient for TensorFlow and leaves every other backend tfjs's own. `saves` replaces what the forward
 * pass keeps; tfjs's formula must be able to work from that too.
 */
export const nativeGradient = (
  kernelName: string,
  gradient: Gradient,
  saves?: Pick<GradConfig, 'inputsToSave' | 'outputsToSave'>,
): void => {
  const original = getGradient(kernelName);
  const { inputsToSave, outputsToSave } = saves ?? original;
  registerGradient({
    kernelName,
    ...(inputsToSave && { inputsToSave }),
    ...(outputsToSave && { outputsToSave }),
    gradFunc: (dy, saved, attrs) =>
      onTensorFlow() ? gradient(dy as Tensor, saved, attrs) : original.gradFunc(dy, saved, attrs),
  });
};
