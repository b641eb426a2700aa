import { addN, memory, mul, sum, tidy, valueAndGrads, type Scalar, type Tensor } from '@tensorflow/tfjs-core';

/** A scalar function's value and its gradients, as plain numbers; zeros for an input that it does not depend on. */
export const valueAndGradients = <T extends Tensor>(
  f: (...x: T[]) => Scalar,
  x: readonly T[],
): { readonly value: number; readonly gradients: readonly Float32Array[] } =>
  tidy(() => {
    const { value, grads } = valueAndGrads((...args: Tensor[]): Scalar => {
      const nothing = args.map((t): Scalar => mul(sum<Scalar>(t), 0)); // ties every input to the value
      return addN<Scalar>([f(...(args as T[])), ...nothing]);
    })([...x]);
    return {
      value: value.dataSync<'float32'>()[0]!,
      gradients: grads.map((g) => g.dataSync<'float32'>()),
    };
  });

/** Largest difference, relative to the largest expected number. */
export const relativeError = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  const scale = Math.max(1e-30, ...Array.from(expected, Math.abs));
  return Math.max(...Array.from(expected, (e, i) => Math.abs(actual[i]! - e))) / scale;
};

/** Euclidean length. */
export const lengthOf = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

/** Tensors that a call leaves behind besides its result, which is disposed. */
export const leakedBy = (call: () => Tensor | readonly Tensor[]): number => {
  const before = memory().numTensors;
  const made = call();
  const results = Array.isArray(made) ? (made as readonly Tensor[]) : [made as Tensor];
  const after = memory().numTensors;
  results.forEach((t) => t.dispose());
  return after - before - results.length;
};
