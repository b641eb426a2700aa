import type { Picture } from '@understory/core';
import { greyCells, isPlain, mirroredCells, type GreyCells } from './greyCells.ts';

/** A hash of 64 bits as two halves, the first bit highest. */
export type Hash = readonly [high: number, low: number];

/** What is compared of a picture. */
export interface PictureHashes {
  readonly dHash: Hash;
  readonly pHash: Hash;
}

/** Cells of the gradient hash, [rows, columns], and of the cosine hash and the correlation. */
export const D_CELLS = [8, 9] as const;
export const P_CELLS = [32, 32] as const;

const SIDE = 32;
const KEPT = 8;
/** Coefficients under this are rounding: symmetric pictures have exact zeros. */
const ZERO = 1e-6;

/** COSINES[k·32 + x] = cos(π·k·(2x + 1) / 64), k = 0…7: the DCT-II. */
const COSINES = Float64Array.from({ length: KEPT * SIDE }, (_, i) => {
  const [k, x] = [Math.floor(i / SIDE), i % SIDE];
  return Math.cos((Math.PI * k * (2 * x + 1)) / (2 * SIDE));
});

const fromBits = (bit: (i: number) => boolean): Hash => {
  const half = (from: number): number => {
    let bits = 0;
    for (let i = from; i < from + 32; i++) bits = (bits << 1) | (bit(i) ? 1 : 0);
    return bits >>> 0;
  };
  return [half(0), half(32)];
};

/** The gradient hash of 8 × 9 cells: a bit for each cell that is brighter than the one to its left, row by row. */
export const dHash = ({ sums }: GreyCells): Hash =>
  fromBits((i) => {
    const at = Math.floor(i / 8) * 9 + (i % 8);
    return sums[at + 1]! > sums[at]!;
  });

/** Frequencies 0…7 down and across of 32 × 32 cells' mean grey, [8, 8]. */
const lowFrequencies = ({ sums, weight }: GreyCells): Float64Array => {
  const across = new Float64Array(SIDE * KEPT); // [y, v]
  for (let y = 0; y < SIDE; y++)
    for (let v = 0; v < KEPT; v++) {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += COSINES[v * SIDE + x]! * (sums[y * SIDE + x]! / weight);
      across[y * KEPT + v] = sum;
    }
  return Float64Array.from({ length: KEPT * KEPT }, (_, i) => {
    const [u, v] = [Math.floor(i / KEPT), i % KEPT];
    let sum = 0;
    for (let y = 0; y < SIDE; y++) sum += COSINES[u * SIDE + y]! * across[y * KEPT + v]!;
    return Math.abs(sum) < ZERO ? 0 : sum;
  });
};

/** The cosine hash of 32 × 32 cells: a bit for each of the 64 lowest frequencies that is above their median. */
export const pHash = (cells: GreyCells): Hash => {
  const low = lowFrequencies(cells);
  const sorted = Float64Array.from(low).sort();
  const median = (sorted[31]! + sorted[32]!) / 2;
  return fromBits((i) => low[i]! > median);
};

/** 16 hexadecimal digits. */
export const hashText = ([high, low]: Hash): string =>
  [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');

/** Cells by which two pictures are correlated. */
export const correlationCells = (picture: Picture): GreyCells => {
  const [cells] = greyCells(picture, [P_CELLS]);
  if (!cells) throw new Error('greyCells gave nothing for its one size');
  return cells;
};

/**
 * Hashes of a picture and of its mirror image, by which near duplicates are found: pictures are alike where few bits differ.
 * Undefined for a picture of one grey, whose hashes are those of every other one.
 */
export const pictureHashes = (
  picture: Picture,
): { readonly own: PictureHashes; readonly mirrored: PictureHashes } | undefined => {
  const [d, p] = greyCells(picture, [D_CELLS, P_CELLS]);
  if (!d || !p || isPlain(p)) return undefined;
  return {
    own: { dHash: dHash(d), pHash: pHash(p) },
    mirrored: { dHash: dHash(mirroredCells(d)), pHash: pHash(mirroredCells(p)) },
  };
};
