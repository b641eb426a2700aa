import {
  AvgPool,
  AvgPoolGrad,
  backend_util,
  div,
  MaxPool,
  MaxPoolGrad,
  ones,
  pad as padWith,
  slice,
  tensor1d,
  tidy,
  type NamedAttrMap,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { nativeOp, type Attributes } from './nativeOp.ts';
import { explicitPadding, layoutAttributes, perAxis } from './padding.ts';
import { nativeKernel } from './register.ts';

type Info = backend_util.Conv2DInfo;

const poolInfo = (x: TensorInfo, attrs: NamedAttrMap): Info => {
  type Options = {
    filterSize: number | [number, number];
    strides: number | [number, number];
    pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as Options;
  return backend_util.computePool2DInfo(
    x.shape as Info['inShape'],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
};

const poolAttributes = (info: Info, x: TensorInfo): Attributes => ({
  T: { type: x.dtype },
  ksize: perAxis(info, info.filterHeight, info.filterWidth),
  strides: perAxis(info, info.strideHeight, info.strideWidth),
  ...layoutAttributes(info),
});

const registerMaxPool = (): void => {
  nativeKernel(MaxPool, ['x'], ({ x }, attrs) =>
    nativeOp(MaxPool, poolAttributes(poolInfo(x, attrs), x), [x]),
  );
  nativeKernel(MaxPoolGrad, ['dy', 'input', 'output'], ({ dy, input, output }, attrs) =>
    nativeOp(MaxPoolGrad, poolAttributes(poolInfo(input, attrs), input), [input, output, dy]),
  );
};

const valid = (info: Info): Info => ({ ...info, padInfo: { ...info.padInfo, type: 'VALID' } });

// TensorFlow averages over 'same' and 'valid' windows alone. Around numbers of pixels, the map is padded first; a
// window's mean is then taken over the pixels of the map that lie in it, as everywhere in tfjs.
type Pads = NonNullable<ReturnType<typeof explicitPadding>>;

const padded = (x: Tensor4D, [rows, columns]: Pads): Tensor4D => padWith(x, [[0, 0], rows, columns, [0, 0]]);

/** [1, h, w, 1]: the share of each window that lies on the map. */
const coverage = (info: Info, pads: Pads): Tensor => {
  const map = padded(ones([1, info.inHeight, info.inWidth, 1]), pads);
  return nativeOp(AvgPool, poolAttributes(valid(info), map), [map]);
};

const averageGradient = (dy: TensorInfo, shape: number[], info: Info): Tensor => {
  const sizes = tensor1d(shape, 'int32');
  const out = nativeOp(AvgPoolGrad, poolAttributes(info, dy), [sizes, dy]);
  sizes.dispose();
  return out;
};

const registerAvgPool = (): void => {
  nativeKernel(AvgPool, ['x'], ({ x }, attrs) => {
    const info = poolInfo(x, attrs);
    const pads = explicitPadding(info);
    if (!pads) return nativeOp(AvgPool, poolAttributes(info, x), [x]);
    return tidy(() => {
      const sums = nativeOp(AvgPool, poolAttributes(valid(info), x), [padded(x as Tensor4D, pads)]);
      return div(sums, coverage(info, pads));
    });
  });
  nativeKernel(AvgPoolGrad, ['dy', 'input'], ({ dy, input }, attrs) => {
    const info = poolInfo(input, attrs);
    const pads = explicitPadding(info);
    if (!pads) return averageGradient(dy, input.shape, info);
    return tidy(() => {
      const [[top, bottom], [left, right]] = pads;
      const [batch, height, width, channels] = info.inShape;
      const shape = [batch, height + top + bottom, width + left + right, channels];
      const whole = averageGradient(div(dy, coverage(info, pads)), shape, valid(info));
      return slice(whole, [0, top, left, 0], info.inShape);
    });
  });
};

/** Pooling and its gradients with any padding; tfjs-node's own kernels take 'same' and 'valid' alone. */
export const registerPooling = (): void => {
  registerMaxPool();
  registerAvgPool();
};
