import type { NdArray } from '@understory/core';

/** Room for as many numbers of the same type; a Node `Buffer`'s own `slice` would be a view. */
const likewise = (data: NdArray['data']): NdArray['data'] => {
  if (data instanceof Float32Array) return new Float32Array(data.length);
  return data instanceof Int32Array ? new Int32Array(data.length) : new Uint8Array(data.length);
};

/** Reorders dimensions: dimension `d` of the result is dimension `order[d]` of the array. */
export const permute = ({ dtype, shape, data }: NdArray, order: readonly number[]): NdArray => {
  const steps = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
  const to = order.map((d) => shape[d]!);
  const strides = order.map((d) => steps[d]!);
  const out = likewise(data);
  const index = to.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from]!;
    for (let d = to.length - 1; d >= 0; d--) {
      from += strides[d]!;
      if (++index[d]! < to[d]!) break;
      from -= index[d]! * strides[d]!;
      index[d] = 0;
    }
  }
  return { dtype, shape: to, data: out };
};

/** The same numbers in the same order, of another shape. */
export const reshaped = ({ dtype, data }: NdArray, shape: readonly number[]): NdArray => ({
  dtype,
  shape,
  data,
});
