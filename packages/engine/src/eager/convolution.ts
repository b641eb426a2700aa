import {
  backend_util,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  tensor1d,
  type NamedAttrMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { nativeOp, type Attributes } from './nativeOp.ts';
import { layoutAttributes, perAxis } from './padding.ts';
import { nativeKernel } from './register.ts';

type Shape4D = [number, number, number, number];
type Info = backend_util.Conv2DInfo;

const conv2dInfo = (
  inShape: number[],
  filterShape: number[],
  attrs: NamedAttrMap,
  depthwise: boolean,
): Info => {
  type Options = {
    strides: number | [number, number];
    pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
    dilations?: number | [number, number];
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
    dataFormat?: 'NHWC' | 'NCHW';
  };
  const { strides, pad, dilations, dimRoundingMode, dataFormat } = attrs as unknown as Options;
  return backend_util.computeConv2DInfo(
    inShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(dataFormat ?? 'NHWC'),
  );
};

const convolutionAttributes = (info: Info, x: TensorInfo): Attributes => ({
  T: { type: x.dtype },
  strides: perAxis(info, info.strideHeight, info.strideWidth),
  dilations: perAxis(info, info.dilationHeight, info.dilationWidth),
  ...layoutAttributes(info),
});

/** Hands a shape to an op that wants it as a tensor. */
const withShape = (shape: number[], fn: (sizes: Tensor) => Tensor): Tensor => {
  const sizes = tensor1d(shape, 'int32');
  const out = fn(sizes);
  sizes.dispose();
  return out;
};

interface Family {
  readonly forward: string;
  readonly toInput: string;
  readonly toFilter: string;
  readonly depthwise: boolean;
}

const registerFamily = ({ forward, toInput, toFilter, depthwise }: Family): void => {
  nativeKernel(forward, ['x', 'filter'], ({ x, filter }, attrs) => {
    const info = conv2dInfo(x.shape, filter.shape, attrs, depthwise);
    return nativeOp(forward, convolutionAttributes(info, x), [x, filter]);
  });
  nativeKernel(toInput, ['dy', 'filter'], ({ dy, filter }, attrs) => {
    const info = conv2dInfo(attrs.inputShape as number[], filter.shape, attrs, depthwise);
    return withShape(info.inShape, (sizes) =>
      nativeOp(toInput, convolutionAttributes(info, dy), [sizes, filter, dy]),
    );
  });
  nativeKernel(toFilter, ['x', 'dy'], ({ x, dy }, attrs) => {
    const info = conv2dInfo(x.shape, attrs.filterShape as number[], attrs, depthwise);
    return withShape(info.filterShape, (sizes) =>
      nativeOp(toFilter, convolutionAttributes(info, dy), [x, sizes, dy]),
    );
  });
};

/**
 * Convolutions and their gradients with any padding. tfjs-node's own kernels take 'same' and 'valid' alone in the
 * gradients, and no single number anywhere.
 */
export const registerConvolutions = (): void => {
  registerFamily({
    forward: Conv2D,
    toInput: Conv2DBackpropInput,
    toFilter: Conv2DBackpropFilter,
    depthwise: false,
  });
  registerFamily({
    forward: DepthwiseConv2dNative,
    toInput: DepthwiseConv2dNativeBackpropInput,
    toFilter: DepthwiseConv2dNativeBackpropFilter,
    depthwise: true,
  });
};
