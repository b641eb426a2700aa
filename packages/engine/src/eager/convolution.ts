import {
  backend_util,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  tensor1d,
  tidy,
  transpose,
  type NamedAttrMap,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { spreadOf, type Spread } from './dilation.ts';
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
  strides: perAxis(info.strideHeight, info.strideWidth),
  dilations: perAxis(info.dilationHeight, info.dilationWidth),
  ...layoutAttributes(info),
});

/** Hands a shape to an op that wants it as a tensor. */
const withShape = (shape: number[], fn: (sizes: Tensor) => Tensor): Tensor => {
  const sizes = tensor1d(shape, 'int32');
  const out = fn(sizes);
  sizes.dispose();
  return out;
};

/** A convolution or one of its gradients, on maps whose channels come last. */
type Convolve = (info: Info, maps: readonly Tensor[]) => Tensor;

const channelsLast = (x: Tensor): Tensor => transpose(x, [0, 2, 3, 1]);
const channelsFirst = (x: Tensor): Tensor => transpose(x, [0, 3, 1, 2]);

/** TensorFlow's CPUs want channels last; maps that come otherwise are turned, and so is what comes of them where it is a map. */
const inEitherLayout = (
  info: Info,
  maps: readonly Tensor[],
  gives: 'map' | 'filter',
  fn: Convolve,
): Tensor => {
  if (info.dataFormat === 'channelsLast') return fn(info, maps);
  return tidy(() => {
    const { batchSize, inHeight, inWidth, inChannels } = info;
    const inShape: Shape4D = [batchSize, inHeight, inWidth, inChannels];
    const made = fn({ ...info, dataFormat: 'channelsLast', inShape }, maps.map(channelsLast));
    return gives === 'map' ? channelsFirst(made) : made;
  });
};

const isDilated = ({ dilationHeight, dilationWidth }: Info): boolean => dilationHeight * dilationWidth > 1;

/** The windows that a gradient came from: tfjs does not tell its gradients how their number was rounded. */
const windowsOf = (info: Info, { shape: [, height = 0, width = 0] }: Tensor): Info => ({
  ...info,
  outHeight: height,
  outWidth: width,
});

interface Family {
  readonly forward: string;
  readonly toInput: string;
  readonly toFilter: string;
  readonly depthwise: boolean;
}

/** By an ordinary convolution where TensorFlow's CPUs know none with gaps. */
const spreadOut = (info: Info, fn: (spread: Spread) => Tensor): Tensor => tidy(() => fn(spreadOf(info)));

const forwardOf = ({ forward, depthwise }: Family, filter: Tensor): Convolve => {
  const convolve: Convolve = (info, [x]) =>
    depthwise && isDilated(info)
      ? spreadOut(info, (to) => to.backOutput(convolve(to.info, [to.input(x!)])))
      : nativeOp(forward, convolutionAttributes(info, x!), [x!, filter]);
  return convolve;
};

const toInputOf = ({ toInput }: Family, filter: Tensor): Convolve => {
  const convolve: Convolve = (info, [dy]) =>
    isDilated(info)
      ? spreadOut(info, (to) => to.backInput(convolve(to.info, [to.output(dy!)])))
      : withShape(info.inShape, (sizes) =>
          nativeOp(toInput, convolutionAttributes(windowsOf(info, dy!), dy!), [sizes, filter, dy!]),
        );
  return convolve;
};

const toFilterOf = ({ toFilter }: Family): Convolve => {
  const convolve: Convolve = (info, [x, dy]) =>
    isDilated(info)
      ? spreadOut(info, (to) => convolve(to.info, [to.input(x!), to.output(dy!)]))
      : withShape(info.filterShape, (sizes) =>
          nativeOp(toFilter, convolutionAttributes(windowsOf(info, dy!), dy!), [x!, sizes, dy!]),
        );
  return convolve;
};

const registerFamily = (family: Family): void => {
  const { forward, toInput, toFilter, depthwise } = family;
  nativeKernel(forward, ['x', 'filter'], ({ x, filter }, attrs) => {
    const info = conv2dInfo(x.shape, filter.shape, attrs, depthwise);
    return inEitherLayout(info, [x], 'map', forwardOf(family, filter));
  });
  nativeKernel(toInput, ['dy', 'filter'], ({ dy, filter }, attrs) => {
    const info = conv2dInfo(attrs.inputShape as number[], filter.shape, attrs, depthwise);
    return inEitherLayout(info, [dy], 'map', toInputOf(family, filter));
  });
  nativeKernel(toFilter, ['x', 'dy'], ({ x, dy }, attrs) => {
    const info = conv2dInfo(x.shape, attrs.filterShape as number[], attrs, depthwise);
    return inEitherLayout(info, [x, dy], 'filter', toFilterOf(family));
  });
};

/**
 * Convolutions and their gradients with any padding, layout and gaps. tfjs-node's own kernels take 'same' and 'valid' alone in
 * the gradients, no single number anywhere, no channels first and no gaps in depthwise ones.
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
