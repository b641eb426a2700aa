import type { Picture } from '@understory/core';

/** Number `i` of the deterministic stream `s`, u(i, s) in [−1, 1). */
const at = (i: number, s: number): number => {
  let x = (i + s * 1000003) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
};

/** A picture of noise, floor((T([height, width, 3], s) + 1)·128). */
export const noise = (height: number, width: number, s: number): Picture => ({
  data: Uint8Array.from({ length: height * width * 3 }, (_, i) => Math.floor((at(i, s) + 1) * 128)),
  height,
  width,
});

/** Labels L(n, classes, s). */
export const streamLabels = (n: number, classes: number, s: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.floor(((at(i, s) + 1) / 2) * classes));
