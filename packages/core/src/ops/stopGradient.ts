import {
  clone,
  customGrad,
  dispose,
  keep,
  scalar,
  tidy,
  zerosLike,
  type Tensor,
} from '@tensorflow/tfjs-core';

/**
 * Computes tensors off the gradient tape: no gradient flows through them, none needs to be defined for the ops inside,
 * and nothing is kept for a backward pass.
 */
export const untracked = <T extends readonly Tensor[]>(compute: () => T): T => {
  let made: readonly Tensor[] = [];
  // What runs inside a custom gradient is not recorded; its one input is made here, so that nothing leads back.
  const record = customGrad((unused) => {
    made = compute().map((t) => keep(clone(t)));
    return { value: clone(unused as Tensor), gradFunc: () => zerosLike(unused as Tensor) };
  });
  tidy(() => void record(scalar(0)));
  const results = made.map((t) => clone(t));
  dispose([...made]);
  return results as unknown as T;
};

/** The same values, of any shape, through which no gradient flows. */
export const stopGradient = <T extends Tensor>(x: T): T => untracked(() => [x] as const)[0];
