import type { NdArray } from '@understory/core';

const stridesOf = (shape: readonly number[]): number[] => {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
};

/** An array with its sides in another order: side i of the result is side `order[i]`. */
export const transposed = ({ dtype, shape, data }: NdArray, order: readonly number[]): NdArray => {
  const from = stridesOf(shape);
  const sizes = order.map((side) => shape[side]!);
  const steps = order.map((side) => from[side]!);
  const out = data.slice();
  const at = sizes.map(() => 0);
  let place = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[place]!;
    for (let side = sizes.length - 1; side >= 0; side--) {
      at[side]! += 1;
      place += steps[side]!;
      if (at[side]! < sizes[side]!) break;
      place -= steps[side]! * sizes[side]!;
      at[side] = 0;
    }
  }
  return { dtype, shape: sizes, data: out };
};
