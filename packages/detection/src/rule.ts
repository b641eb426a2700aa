import { constantDraw, type InitRule } from '@understory/core';
import type { Variant } from './options.ts';

/** Glorot and Bengio 2010: uniform, by what goes in and out. */
export const xavier = (fanIn: number, fanOut: number): ReturnType<InitRule> => ({
  uniform: Math.sqrt(6 / (fanIn + fanOut)),
});

/** PyTorch's `kaiming_uniform_(a=1)`. */
const kaiming = (fanIn: number) => ({ uniform: Math.sqrt(3 / fanIn) });

/** Weights of heads: normal with this standard deviation. */
const HEAD_STD = 0.01;

/**
 * How a detector's weights begin: those of the pyramid by Xavier's rule (mmdetection) or He et al.'s (torchvision), those of
 * the heads normal with 0.01; biases 0.
 */
export const detectorRule =
  (variant: Variant): InitRule =>
  (weight) => {
    if (weight.role !== 'kernel') return constantDraw(weight);
    if (!weight.name.startsWith('fpn/')) return { normal: HEAD_STD };
    return variant === 'mmdetection' ? xavier(weight.fanIn, weight.fanOut) : kaiming(weight.fanIn);
  };
