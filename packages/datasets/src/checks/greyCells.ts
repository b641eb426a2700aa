import type { Picture } from '@understory/core';

/** Grey values of a picture's cells, row-major, as whole numbers: each is `weight` times its mean of 0…255. */
export interface GreyCells {
  readonly rows: number;
  readonly columns: number;
  readonly sums: Float64Array;
  readonly weight: number;
}

/** Grey is (299 red + 587 green + 114 blue) / 1000; whole numbers leave the division out. */
const GREY = 1000;

/** How much of each pixel of a line lies in which cell: pixel x covers [cells·x, cells·(x + 1)), cell j [length·j, length·(j + 1)). */
interface Overlaps {
  readonly pixel: Int32Array;
  readonly cell: Int32Array;
  readonly part: Int32Array;
}

const overlapsOf = (length: number, cells: number): Overlaps => {
  const found: [pixel: number, cell: number, part: number][] = [];
  for (let x = 0; x < length; x++)
    for (let j = Math.floor((cells * x) / length); length * j < cells * (x + 1); j++)
      found.push([x, j, Math.min(cells * (x + 1), length * (j + 1)) - Math.max(cells * x, length * j)]);
  const column = (i: 0 | 1 | 2): Int32Array => Int32Array.from(found, (one) => one[i]);
  return { pixel: column(0), cell: column(1), part: column(2) };
};

const greyOf = ({ data, height, width }: Picture): Int32Array => {
  const grey = new Int32Array(height * width);
  for (let p = 0, at = 0; p < grey.length; p++, at += 3)
    grey[p] = 299 * data[at]! + 587 * data[at + 1]! + 114 * data[at + 2]!;
  return grey;
};

const cellsOf = (
  grey: Int32Array,
  [height, width]: readonly [number, number],
  [rows, columns]: readonly [number, number],
): GreyCells => {
  const [down, across] = [overlapsOf(height, rows), overlapsOf(width, columns)];
  const sums = new Float64Array(rows * columns);
  const line = new Float64Array(columns);
  let summed = -1;
  down.pixel.forEach((y, i) => {
    if (y !== summed) {
      line.fill(0);
      for (let k = 0; k < across.pixel.length; k++)
        line[across.cell[k]!]! += across.part[k]! * grey[y * width + across.pixel[k]!]!;
      summed = y;
    }
    const [from, part] = [down.cell[i]! * columns, down.part[i]!];
    for (let j = 0; j < columns; j++) sums[from + j]! += part * line[j]!;
  });
  return { rows, columns, sums, weight: GREY * height * width };
};

/**
 * A picture's grey in cells of equal area, for each of some sizes [rows, columns]. Overlaps are whole numbers, so every cell
 * has the same weight, nothing is divided, and the bits are the same on every machine. A picture may be smaller than its cells.
 */
export const greyCells = (
  picture: Picture,
  sizes: readonly (readonly [rows: number, columns: number])[],
): readonly GreyCells[] => {
  const grey = greyOf(picture);
  return sizes.map((size) => cellsOf(grey, [picture.height, picture.width], size));
};

/** The cells of the picture's mirror image, left and right exchanged. */
export const mirroredCells = (cells: GreyCells): GreyCells => {
  const { rows, columns } = cells;
  const sums = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) sums[r * columns + c] = cells.sums[r * columns + columns - 1 - c]!;
  return { ...cells, sums };
};

/** Whether all cells are alike: such a picture is like every other of one colour. */
export const isPlain = ({ sums }: GreyCells): boolean => sums.every((sum) => sum === sums[0]);

/** Correlation of two pictures' cells, their means removed, in −1…1; 0 where one of them is plain. */
export const correlation = (a: GreyCells, b: GreyCells): number => {
  const n = a.sums.length;
  const meanOf = ({ sums }: GreyCells): number => sums.reduce((total, sum) => total + sum, 0) / n;
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [both, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [(a.sums[i]! - meanA) / a.weight, (b.sums[i]! - meanB) / b.weight];
    both += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  return ofA > 0 && ofB > 0 ? both / Math.sqrt(ofA * ofB) : 0;
};
