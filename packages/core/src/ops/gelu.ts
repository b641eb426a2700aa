import { add, div, erf, mul, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { byPair, hasPair, type KernelPair } from './kernels.ts';

/** Kernels that a backend may register for `gelu`: `x` → `y`, both of any shape. */
export const GELU = {
  forward: 'Gelu',
  gradient: 'GeluGrad',
  inputs: ['x'],
  outputs: ['y'],
  keeps: ['x'],
} as const satisfies KernelPair;

/** x · Φ(x), exact, with the error function (Hendrycks & Gimpel 2016); any shape. */
export const gelu = <T extends Tensor>(x: T): T => {
  if (hasPair(GELU)) return byPair(GELU, [x]) as T;
  return tidy(() => mul<T>(x, mul(0.5, add(1, erf(div(x, Math.SQRT2))))));
};
