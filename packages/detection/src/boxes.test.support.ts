import { tensor, type Rank, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';

export type Box = readonly [top: number, left: number, bottom: number, right: number];

/** Boxes on a grid of half pixels, so that edges, overlaps and whole boxes are often equal; some are without area. */
export const anyBox: fc.Arbitrary<Box> = fc
  .tuple(fc.nat(20), fc.nat(20), fc.nat(16), fc.nat(16))
  .map(([top, left, height, width]) => [top / 2, left / 2, (top + height) / 2, (left + width) / 2]);

export const boxesOf = (rows: readonly Box[]): Tensor2D =>
  tensor<Rank.R2>(rows.flat(), [rows.length, 4], 'float32');

export const areaOf = ([top, left, bottom, right]: Box): number => (bottom - top) * (right - left);

/** Intersection over union as it is written in books; 0 where there is no area. */
export const plainIou = (a: Box, b: Box): number => {
  const height = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const width = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (height <= 0 || width <= 0) return 0;
  return (height * width) / (areaOf(a) + areaOf(b) - height * width);
};

/** Plain numbers of a tensor, which is disposed. */
export const taken = (x: Tensor): number[] => {
  const values = Array.from(x.dataSync());
  x.dispose();
  return values;
};

/** The code of what a call throws. */
export const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'taken';
};
