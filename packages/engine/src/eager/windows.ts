import { backend_util, type NamedAttrMap } from '@tensorflow/tfjs-core';
import type { Attributes } from './nativeOp.ts';
import { padsFor, perAxis, type Axis, type Pads } from './padding.ts';

/** How the windows of a pooling lie on maps whose channels come last, along rows and columns, and depth before them. */
export interface Windows {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly axes: readonly Axis[];
  readonly padding: 'SAME' | 'VALID';
  /** Pixels around the map along each axis, where tfjs was given numbers; `padding` is 'VALID' then. */
  readonly pads: readonly Pads[] | null;
}

type Info2D = backend_util.Conv2DInfo;
type Info3D = backend_util.Conv3DInfo;

interface Options {
  readonly filterSize: never;
  readonly strides: never;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const axesOf2D = (info: Info2D): Axis[] => [
  { pixels: info.inHeight, windows: info.outHeight, reach: info.filterHeight, stride: info.strideHeight },
  { pixels: info.inWidth, windows: info.outWidth, reach: info.filterWidth, stride: info.strideWidth },
];

const axesOf3D = (info: Info3D): Axis[] => [
  { pixels: info.inDepth, windows: info.outDepth, reach: info.filterDepth, stride: info.strideDepth },
  { pixels: info.inHeight, windows: info.outHeight, reach: info.filterHeight, stride: info.strideHeight },
  { pixels: info.inWidth, windows: info.outWidth, reach: info.filterWidth, stride: info.strideWidth },
];

const around = ({ top, bottom, left, right }: Info2D['padInfo'] | Info3D['padInfo']): Pads[] => [
  [top, bottom],
  [left, right],
];

const windowsOf = (info: Info2D | Info3D, axes: readonly Axis[], pads: readonly Pads[]): Windows => {
  const { inShape, outShape, padInfo } = info;
  const named = padInfo.type === 'SAME' || padInfo.type === 'VALID';
  return {
    ...{ inShape, outShape, axes },
    padding: padInfo.type === 'SAME' ? 'SAME' : 'VALID',
    pads: named ? null : axes.map((axis, i) => padsFor(axis, pads[i] ?? [0, 0])),
  };
};

/** Windows over maps [B, H, W, C] or [B, D, H, W, C]. */
export const windowsOn = ({ shape }: { readonly shape: readonly number[] }, attrs: NamedAttrMap): Windows => {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as Options;
  if (shape.length === 5) {
    const size = shape as Info3D['inShape'];
    const info = backend_util.computePool3DInfo(size, filterSize, strides, 1, pad, dimRoundingMode);
    const { front, back } = info.padInfo;
    return windowsOf(info, axesOf3D(info), [[front, back], ...around(info.padInfo)]);
  }
  const size = shape as Info2D['inShape'];
  const info = backend_util.computePool2DInfo(size, filterSize, strides, 1, pad, dimRoundingMode);
  return windowsOf(info, axesOf2D(info), around(info.padInfo));
};

/** Whether each window is one pixel and each pixel has one; tfjs gives the map itself then, wherever the windows begin. */
export const arePixels = ({ axes, inShape, outShape }: Windows): boolean =>
  axes.every(({ reach }) => reach === 1) && inShape.every((size, i) => size === outShape[i]);

export const areNone = ({ outShape }: Windows): boolean => outShape.includes(0);

const sizesOf = ({ axes }: Windows): Attributes => ({
  ksize: perAxis(...axes.map(({ reach }) => reach)),
  strides: perAxis(...axes.map(({ stride }) => stride)),
});

/** What TensorFlow wants to know of windows on maps of one layout alone. */
export const plainAttributes = (windows: Windows): Attributes => ({
  ...sizesOf(windows),
  padding: { text: windows.padding },
});

/** What TensorFlow wants to know of windows; `pads` in pixels where the op itself is to pad. */
export const windowAttributes = (windows: Windows, pads: readonly Pads[] | null = null): Attributes => ({
  ...sizesOf(windows),
  data_format: { text: windows.axes.length === 3 ? 'NDHWC' : 'NHWC' },
  ...(pads
    ? { padding: { text: 'EXPLICIT' }, explicit_paddings: { int: [0, 0, ...pads.flat(), 0, 0] } }
    : { padding: { text: windows.padding } }),
});
