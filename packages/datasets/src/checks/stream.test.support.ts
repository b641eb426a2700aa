import type { Picture } from '@understory/core';
import { streamNumber } from '@understory/core/testing';

/** A picture of noise, floor((T([height, width, 3], s) + 1)·128). */
export const noise = (height: number, width: number, s: number): Picture => ({
  data: Uint8Array.from({ length: height * width * 3 }, (_, i) => Math.floor((streamNumber(i, s) + 1) * 128)),
  height,
  width,
});

/** Labels L(n, classes, s). */
export const streamLabels = (n: number, classes: number, s: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.floor(((streamNumber(i, s) + 1) / 2) * classes));
