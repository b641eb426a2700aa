import {
  AvgPool,
  AvgPool3D,
  AvgPool3DGrad,
  AvgPoolGrad,
  clone,
  divNoNan,
  MaxPool,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  MaxPoolWithArgmax,
  ones,
  pad as padWith,
  slice,
  tensor1d,
  tidy,
  zeros,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { onHost } from './missing/host.ts';
import { nativeOp, nativeOps, type Attributes } from './nativeOp.ts';
import type { Pads } from './padding.ts';
import { nativeKernel } from './register.ts';
import { areNone, arePixels, plainAttributes, windowAttributes, windowsOn, type Windows } from './windows.ts';

const none: Pads = [0, 0];

/** A map with as many pixels around it along each axis; `value` stands in them. */
const padded = (x: Tensor, pads: readonly Pads[], value = 0): Tensor =>
  padWith(x, [none, ...pads, none], value);

/** What lies on the map itself. */
const cropped = (whole: Tensor, pads: readonly Pads[], { inShape }: Windows): Tensor =>
  slice(whole, [0, ...pads.map(([before]) => before), 0], [...inShape]);

/** TensorFlow pads by itself where two sides are padded by less than a window. */
const padsByItself = ({ axes, pads }: Windows): boolean =>
  axes.length === 2 && !!pads?.every((pad, i) => pad.every((pixels) => pixels < axes[i]!.reach));

const lowest = ({ dtype }: Tensor): number => (dtype === 'int32' ? -(2 ** 31) : -Infinity);

const registerMaxPool = (kernelName: string, gradientName: string): void => {
  nativeKernel(kernelName, ['x'], ({ x }, attrs) => {
    const windows = windowsOn(x, attrs);
    const { pads, outShape } = windows;
    const T = { type: x.dtype } as const;
    if (areNone(windows)) return zeros([...outShape], x.dtype);
    if (!pads || padsByItself(windows))
      return nativeOp(kernelName, { T, ...windowAttributes(windows, pads) }, [x]);
    if (arePixels(windows)) return clone(x);
    return tidy(() =>
      nativeOp(kernelName, { T, ...windowAttributes(windows) }, [padded(x, pads, lowest(x))]),
    );
  });
  nativeKernel(gradientName, ['dy', 'input', 'output'], ({ dy, input, output }, attrs) => {
    const windows = windowsOn(input, attrs);
    const { pads, inShape, axes } = windows;
    const T = { type: input.dtype } as const;
    const types = axes.length === 3 ? { T, TInput: T } : { T };
    if (areNone(windows)) return zeros([...inShape], dy.dtype);
    if (!pads || padsByItself(windows))
      return nativeOp(gradientName, { ...types, ...windowAttributes(windows, pads) }, [input, output, dy]);
    if (arePixels(windows)) return clone(dy);
    return tidy(() => {
      const whole = [padded(input, pads, lowest(input)), output, dy];
      return cropped(
        nativeOp(gradientName, { ...types, ...windowAttributes(windows) }, whole),
        pads,
        windows,
      );
    });
  });
};

// TensorFlow averages over 'same' and 'valid' windows alone. Around numbers of pixels, the map is padded first; a
// window's mean is then taken over the pixels of the map that lie in it, as everywhere in tfjs; it is 0 where none does.
const registerAvgPool = (kernelName: string, gradientName: string): void => {
  const average = (x: Tensor, windows: Windows): Tensor =>
    nativeOp(kernelName, { T: { type: x.dtype }, ...windowAttributes(windows) }, [x]);

  /** [1, …, 1]: the share of each window that lies on the map. */
  const coverage = (windows: Windows, pads: readonly Pads[]): Tensor =>
    average(padded(ones([1, ...windows.inShape.slice(1, -1), 1]), pads), windows);

  const gradient = (dy: Tensor, shape: readonly number[], windows: Windows): Tensor => {
    const sizes = tensor1d([...shape], 'int32');
    const out = nativeOp(gradientName, { T: { type: dy.dtype }, ...windowAttributes(windows) }, [sizes, dy]);
    sizes.dispose();
    return out;
  };

  nativeKernel(kernelName, ['x'], ({ x }, attrs) => {
    const windows = windowsOn(x, attrs);
    const { pads, outShape } = windows;
    if (areNone(windows)) return zeros([...outShape], x.dtype);
    if (!pads) return average(x, windows);
    if (arePixels(windows)) return clone(x);
    return tidy(() => divNoNan(average(padded(x, pads), windows), coverage(windows, pads)));
  });
  nativeKernel(gradientName, ['dy', 'input'], ({ dy, input }, attrs) => {
    const windows = windowsOn(input, attrs);
    const { pads, inShape } = windows;
    if (areNone(windows)) return zeros([...inShape], dy.dtype);
    if (!pads) return gradient(dy, inShape, windows);
    if (arePixels(windows)) return clone(dy);
    return tidy(() => {
      const around = [none, ...pads, none];
      const shape = inShape.map((size, i) => size + around[i]![0] + around[i]![1]);
      return cropped(gradient(divNoNan(dy, coverage(windows, pads)), shape, windows), pads, windows);
    });
  });
};

/** Places count the map without its padding, which TensorFlow would count too. */
const registerArgmax = (): void => {
  nativeKernel(MaxPoolWithArgmax, ['x'], ({ x }, attrs) => {
    const windows = windowsOn(x, attrs);
    if (windows.pads || areNone(windows)) return onHost(MaxPoolWithArgmax, { x }, attrs);
    const include_batch_in_index = { flag: attrs.includeBatchInIndex as boolean };
    const options: Attributes = {
      T: { type: x.dtype },
      Targmax: { type: 'int32' },
      include_batch_in_index,
      ...plainAttributes(windows),
    };
    return nativeOps(MaxPoolWithArgmax, options, [x], 2);
  });
};

/** Pooling and its gradients with any padding and rounding; tfjs-node's own kernels take 'same' and 'valid' alone. */
export const registerPooling = (): void => {
  registerMaxPool(MaxPool, MaxPoolGrad);
  registerMaxPool(MaxPool3D, MaxPool3DGrad);
  registerAvgPool(AvgPool, AvgPoolGrad);
  registerAvgPool(AvgPool3D, AvgPool3DGrad);
  registerArgmax();
};
