import { tensor, type Tensor } from '@tensorflow/tfjs-core';

/** The deterministic tensor T(shape, seed) of the golden numbers: a 32-bit hash of the position, in [-1, 1). */
export const stream = (shape: number[], seed: number): Tensor => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
    let x = (i + seed * 1000003) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
  return tensor(data, shape);
};
