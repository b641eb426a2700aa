import {
  registerKernel,
  tensor1d,
  tidy,
  type KernelFunc,
  type NamedAttrMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { ROI_ALIGN, ROI_ALIGN_GRAD, type RoiAlignOptions } from '@understory/core';
import { ownAddon } from '../compile/graph/native.ts';
import { nativeOp, nativeOps, type Attributes } from './nativeOp.ts';
import { named } from './register.ts';

type Options = RoiAlignOptions & { readonly shapes: readonly number[] };

const attributesOf = ({ strides, size, samples, aligned }: Options): Attributes => ({
  size: { int: size },
  samples: { int: samples },
  aligned: { flag: aligned },
  N: { int: strides.length },
});

const scalesOf = ({ strides }: Options): Tensor =>
  tensor1d(
    strides.map((stride) => 1 / stride),
    'float32',
  );

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;

/** The inputs of these names, in their order. */
const inOrder = (kernel: string, names: readonly string[], inputs: Inputs): TensorInfo[] =>
  Object.values(
    named(
      kernel,
      names,
      names.map((name) => inputs[name]),
    ),
  );

const align = (inputs: Inputs, options: Options): Tensor => {
  const regions = inOrder(ROI_ALIGN, ['rois', 'levels'], inputs);
  const names = options.strides.map((_, i) => `map${i}`);
  const all = [...regions, scalesOf(options), ...inOrder(ROI_ALIGN, names, inputs)];
  return nativeOp('UnderstoryRoiAlign', attributesOf(options), all);
};

const alignGradients = (inputs: Inputs, options: Options): Tensor[] => {
  const given = inOrder(ROI_ALIGN_GRAD, ['dy', 'rois', 'levels'], inputs);
  const all = [...given, scalesOf(options), tensor1d([...options.shapes], 'int32')];
  return nativeOps('UnderstoryRoiAlignGrad', attributesOf(options), all, options.strides.length);
};

/** Ops of the addon exist once it is loaded. */
const withAddon =
  (kernel: (inputs: Inputs, options: Options) => Tensor | Tensor[]): KernelFunc =>
  ({ inputs, attrs }) => {
    ownAddon();
    return tidy(() => kernel(inputs, attrs as NamedAttrMap & Options));
  };

/** RoIAlign and its gradient by the addon's ops (`native/roi_align.h`), which run on CPUs. */
export const registerRoiAlign = (): void => {
  const backendName = 'tensorflow';
  registerKernel({ kernelName: ROI_ALIGN, backendName, kernelFunc: withAddon(align) });
  registerKernel({ kernelName: ROI_ALIGN_GRAD, backendName, kernelFunc: withAddon(alignGradients) });
};
