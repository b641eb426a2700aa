import {
  add,
  div,
  mean,
  mul,
  sqrt,
  square,
  sub,
  tidy,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { byPair, hasPair, type KernelPair } from './kernels.ts';

/**
 * Kernels that a backend may register for `layerNorm`: `x` [..., C], `scale` and `offset` [C], attribute `epsilon` → `y` [..., C], and
 * of each row its `means` and `factors`, 1 / √(variance + epsilon).
 */
export const LAYER_NORM = {
  forward: 'LayerNorm',
  gradient: 'LayerNormGrad',
  inputs: ['x', 'scale', 'offset'],
  outputs: ['y', 'means', 'factors'],
  keeps: ['x', 'scale', 'means', 'factors'],
} as const satisfies KernelPair;

export interface LayerNormParameters {
  /** [C] */
  readonly scale: Tensor1D;
  /** [C] */
  readonly offset: Tensor1D;
  /** Added to the variance. */
  readonly epsilon: number;
}

/** Layer normalisation over the last axis (Ba et al. 2016), `x` [..., C]. */
export const layerNorm = <T extends Tensor>(x: T, { scale, offset, epsilon }: LayerNormParameters): T => {
  if (hasPair(LAYER_NORM)) return byPair(LAYER_NORM, [x, scale, offset], { epsilon }) as T;
  return tidy(() => {
    const centred = sub(x, mean(x, -1, true));
    const deviation = sqrt(add(mean(square(centred), -1, true), epsilon));
    return add<T>(mul(div(centred, deviation), scale), offset);
  });
};
