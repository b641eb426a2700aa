import { clone, customGrad, zerosLike, type Tensor } from '@tensorflow/tfjs-core';

/** The same values, through which no gradient flows. Any shape. */
export const stopGradient = <T extends Tensor>(x: T): T =>
  customGrad((input) => ({ value: clone(input as Tensor), gradFunc: (dy: Tensor) => zerosLike(dy) }))(x) as T;
