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
    .describe(
      'what decays: all weights, or those of two and more dimensions (no biases, norms, class tokens, positions or scales of layers)',
    ),
});

export interface Decay {
  readonly weightDecay: number;
  readonly decay: 'all' | 'kernels';
}

/**
 * Whether a variable is a kernel. Biases, and scale and shift of norms, have one dimension; class tokens, positions and scales of
 * layers are such vectors too, kept as kernels of an input of one: [1, N], [1, 1, C, 1].
 */
export const isKernel = ({ rank, shape: [first, ...rest] }: Tensor): boolean =>
  rank >= 2 && !(first === 1 && rest.filter((size) => size > 1).length <= 1);

/** Weight decay of a variable, 0 where it is left out. */
export const decayOf = ({ weightDecay, decay }: Decay, variable: Tensor): number =>
  decay === 'all' || isKernel(variable) ? weightDecay : 0;

/** Gradient with coupled (L2) weight decay: g + wd·w. */
export const withDecay = (gradient: Tensor, variable: Tensor, weightDecay: number): Tensor =>
  weightDecay === 0 ? gradient : add(gradient, mul(variable, weightDecay));
