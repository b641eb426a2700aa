const round = (x: number): number => Math.floor(x + 0.5);

/** [height, width] of a picture scaled by one factor, ⌊side · scale + .5⌋, one pixel at least. */
const scaled = ([h, w]: readonly [number, number], by: number, over: number): readonly [number, number] => [
  Math.max(1, round((h * by) / over)),
  Math.max(1, round((w * by) / over)),
];

/** [height, width] of a picture, itself [height, width], scaled so that it just fits into `size`. */
export const contained = (
  picture: readonly [number, number],
  size: readonly [number, number],
): readonly [number, number] => {
  const [h, w] = picture;
  // The side that is scaled the least decides; products of whole numbers, so that no rounding makes a side too long.
  return size[0] * w <= size[1] * h ? scaled(picture, size[0], h) : scaled(picture, size[1], w);
};

/** Bounds of the sides of a picture: mmdetection's `Resize` with `keep_ratio`. */
export interface SideBounds {
  readonly shortest: number;
  readonly longest: number;
}

/**
 * [height, width] of a picture whose shorter side becomes `shortest`, unless its longer one would exceed `longest`: one
 * scale min(longest / long, shortest / short), as mmdetection's `Resize` has it.
 */
export const bySides = (
  picture: readonly [number, number],
  { shortest, longest }: SideBounds,
): readonly [number, number] => {
  const [short, long] = [Math.min(...picture), Math.max(...picture)];
  return longest * short <= shortest * long
    ? scaled(picture, longest, long)
    : scaled(picture, shortest, short);
};

/** What networks halve their images by, five times. */
const MULTIPLE = 32;

const upTo = (x: number): number => Math.max(1, Math.ceil(x / MULTIPLE)) * MULTIPLE;

/** The smallest image whose sides are multiples of 32 that holds pictures of these sizes, each [height, width]. */
export const canvasFor = (pictures: readonly (readonly [number, number])[]): readonly [number, number] => {
  const most = (axis: 0 | 1): number => pictures.reduce((far, one) => Math.max(far, one[axis]), 1);
  return [upTo(most(0)), upTo(most(1))];
};
