import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';

/** Options for weight decay, shared by all optimizers. */
export const decayOptions = (weightDecay: number, decay: 'all' | 'kernels' = 'all') => ({
  weightDecay: z
    .number()
    .min(0)
    .default(weightDecay)
    .describe('share of each weight added to its gradient, per step'),
  decay: z
    .enum(['all', 'kernels'])
    .default(decay)
    .describe('what decays: all weights, or those of two and more dimensions (no biases, no batch norm)'),
});

export interface Decay {
  readonly weightDecay: number;
  readonly decay: 'all' | 'kernels';
}

/** Whether a variable is a kernel: biases, and scale and shift of batch norm, have one dimension. */
export const isKernel = (variable: Tensor): boolean => variable.rank >= 2;

/** Weight decay of a variable, 0 where it is left out. */
export const decayOf = ({ weightDecay, decay }: Decay, variable: Tensor): number =>
  decay === 'all' || isKernel(variable) ? weightDecay : 0;

/** Gradient with coupled (L2) weight decay: g + wd·w. */
export const withDecay = (gradient: Tensor, variable: Tensor, weightDecay: number): Tensor =>
  weightDecay === 0 ? gradient : add(gradient, mul(variable, weightDecay));
