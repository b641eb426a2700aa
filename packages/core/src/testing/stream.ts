import { tensor, type Tensor } from '@tensorflow/tfjs-core';

/** Number `i` of the deterministic stream `s`, in [−1, 1): a 32-bit hash, easy to write in any language. */
export const streamNumber = (i: number, s: number): number => {
  let x = (i + s * 1000003) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
};

/** Numbers of stream `s` in row-major order of `shape`, times `scale`. */
export const streamValues = (shape: readonly number[], s: number, scale = 1): Float32Array<ArrayBuffer> => {
  const numbers = new Float32Array(shape.reduce((a, b) => a * b, 1));
  // `Float32Array.from` would hold each number as an object first.
  for (let i = 0; i < numbers.length; i++) numbers[i] = scale * streamNumber(i, s);
  return numbers;
};

/** A tensor filled with them: the T(shape, s) of golden values. */
export const streamTensor = (shape: readonly number[], s: number, scale = 1): Tensor =>
  tensor(streamValues(shape, s, scale), [...shape]);
