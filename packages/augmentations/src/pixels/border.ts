import { abs, add, clipByValue, sub, type Tensor } from '@tensorflow/tfjs-core';

/** What lies outside an image: one colour, its edge, or its mirror image without or with the edge repeated. */
export const BORDERS = ['constant', 'edge', 'reflect', 'symmetric'] as const;
export type Border = (typeof BORDERS)[number];

/** Mirrors coordinates at `low` and `high`; they may overhang by one image size. */
const mirror = (at: Tensor, low: number, high: number): Tensor => {
  const above = add(abs(sub(at, low)), low);
  return sub(high, abs(sub(high, above)));
};

/** Coordinates that may lie outside → the pixels 0…n−1 that stand for them (for `constant`, any pixel). */
export const insideBorder = (at: Tensor, n: number, border: Border): Tensor => {
  if (border === 'reflect') return mirror(at, 0, n - 1);
  if (border === 'symmetric') return mirror(at, -0.5, n - 0.5);
  return clipByValue(at, 0, n - 1);
};
