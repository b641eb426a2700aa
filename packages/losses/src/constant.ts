import { clone, customGrad, scalar, tidy, zerosLike, type Tensor } from '@tensorflow/tfjs-core';

/**
 * The same values as a constant: what is computed from them takes no gradient, and needs none defined (comparisons,
 * positions). Any shape. What runs inside a custom gradient is not recorded;
 * its one input is made here, so that nothing leads back to `x`.
 */
export const constant = <T extends Tensor>(x: T): T =>
  tidy(() => {
    const made = customGrad((unused) => ({
      value: clone(x),
      gradFunc: () => zerosLike(unused as Tensor),
    }));
    return made(scalar(0));
  });
