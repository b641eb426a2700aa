import { mul, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { input, layers, type LayersModel } from '@tensorflow/tfjs-layers';
import { connect } from '../parts/connect.ts';
import { composite } from './composite.ts';

/**
 * A learned factor for each channel of a map [B, H, W, C] (Touvron et al. 2021, "LayerScale"). Its weight
 * `depthwise_kernel` [1, 1, C, 1] is that of a depthwise 1×1 convolution, and so it is saved.
 */
export const layerScale = (name: string, shape: readonly number[]): LayersModel => {
  const inputs = input({ shape: [...shape], name: `${name}/input` });
  const depthwise = layers.depthwiseConv2d({
    name,
    kernelSize: 1,
    useBias: false,
    depthwiseInitializer: 'zeros',
  });
  const call = (x: Tensor, [factor]: readonly Tensor[]): Tensor => mul(x, reshape(factor!, [-1]));
  return composite({ name, inputs, outputs: connect(depthwise, inputs), call });
};
