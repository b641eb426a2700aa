import fc from 'fast-check';
import type { Size } from './anyPictures.test.support.ts';

export type Box = readonly [top: number, left: number, bottom: number, right: number];

/** A rectangle of whole pixels in a picture. */
export const anyBox = ([height, width]: Size): fc.Arbitrary<Box> =>
  fc
    .tuple(fc.nat(height - 1), fc.nat(width - 1), fc.nat(height - 1), fc.nat(width - 1))
    .map(([y, x, v, u]) => [Math.min(y, v), Math.min(x, u), Math.max(y, v) + 1, Math.max(x, u) + 1]);

/** A map of a picture: 1 in the rectangle, else 0. */
export const filled = ([top, left, bottom, right]: Box, [height, width]: Size): number[] =>
  Array.from({ length: height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return y >= top && y < bottom && x >= left && x < right ? 1 : 0;
  });

/** Hull of the pixels of a class; zeros where there are none. */
export const hullOf = (map: Float32Array, width: number, label = 1): Box => {
  const at = [...map.keys()].filter((i) => map[i] === label);
  if (at.length === 0) return [0, 0, 0, 0];
  const [rows, columns] = [at.map((i) => Math.floor(i / width)), at.map((i) => i % width)];
  return [Math.min(...rows), Math.min(...columns), Math.max(...rows) + 1, Math.max(...columns) + 1];
};
