import {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  type NamedAttrMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { nativeGradient } from './register.ts';

const isDilated = ({ dilations }: NamedAttrMap): boolean =>
  [dilations ?? 1].flat().some((pixels) => pixels !== 1);

/** Gradients of convolutions with gaps, which tfjs refuses; without gaps they are tfjs's own. */
export const registerDilatedGradients = (): void => {
  const convolutions = [
    [Conv2D, Conv2DBackpropInput, Conv2DBackpropFilter],
    [DepthwiseConv2dNative, DepthwiseConv2dNativeBackpropInput, DepthwiseConv2dNativeBackpropFilter],
  ] as const;
  for (const [kernelName, toInput, toFilter] of convolutions) {
    nativeGradient(kernelName, { names: ['x', 'filter'] }, ({ dy, saved: { x, filter }, attrs, composed }) =>
      isDilated(attrs)
        ? {
            x: () => engine().runKernel<Tensor>(toInput, { dy, filter }, { ...attrs, inputShape: x.shape }),
            filter: () =>
              engine().runKernel<Tensor>(toFilter, { x, dy }, { ...attrs, filterShape: filter.shape }),
          }
        : composed(),
    );
  }
};
