import type { Histogram } from './eventFile.ts';

/** As many as TensorBoard draws. */
const BINS = 30;

const NOTHING: Histogram = { least: 0, most: 0, count: 0, sum: 0, squares: 0, ends: [], counts: [] };

/** How numbers are spread over bins of equal width; those that are not finite are left out. */
export const histogramOf = (numbers: ArrayLike<number>): Histogram => {
  let [least, most, count, sum, squares] = [Infinity, -Infinity, 0, 0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
    count += 1;
    sum += value;
    squares += value ** 2;
  }
  if (count === 0) return NOTHING;
  // Numbers that are all the same lie in the middle of bins as wide as 1 together.
  const [low, width] = most > least ? [least, (most - least) / BINS] : [least - 0.5, 1 / BINS];
  const counts = Array.from({ length: BINS }, () => 0);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] ?? NaN;
    const bin = Number.isFinite(value) ? Math.min(BINS - 1, Math.floor((value - low) / width)) : BINS;
    if (counts[bin] !== undefined) counts[bin] += 1;
  }
  const ends = counts.map((_, bin) => low + (bin + 1) * width);
  return { least, most, count, sum, squares, ends, counts };
};
