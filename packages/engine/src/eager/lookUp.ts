import { registerKernel, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { LOOK_UP } from '@understory/core';
import { ownAddon } from '../compile/graph/native.ts';
import { nativeOp } from './nativeOp.ts';
import { named } from './register.ts';

const NAMES = ['images', 'rows', 'columns', 'fill'] as const;

const lookUp: KernelFunc = ({ inputs }) => {
  // Ops of the addon exist once it is loaded.
  ownAddon();
  const given = named(
    LOOK_UP,
    NAMES,
    NAMES.map((name) => inputs[name]),
  );
  const all: TensorInfo[] = NAMES.map((name) => given[name]);
  return nativeOp('UnderstoryLookUp', { T: { type: 'float32' } }, all);
};

/** Images made of another's pixels, by the addon's op (`native/look_up_ops.cc`), which runs on CPUs. */
export const registerLookUp = (): void =>
  registerKernel({ kernelName: LOOK_UP, backendName: 'tensorflow', kernelFunc: lookUp });
