/** Beyond it a range has no size that can be written as a number. */
const HUGE = 1e300;
const bounded = (value: number): number => Math.max(-HUGE, Math.min(HUGE, value));

/** A range that is smaller than this part of its values, or than this, holds no round number. */
const SAME = 1e-9;
const TINY = 1e-290;

/** A straight map from data to pixels. */
export type Scale = (value: number) => number;

export const linear =
  ([a, b]: readonly [number, number], [from, to]: readonly [number, number]): Scale =>
  (value) =>
    from + ((bounded(value) - a) / (b - a || 1)) * (to - from);

/** Smallest and largest finite value; [0, 1] where there is none or all are zero, and a little room where all are as good as equal. */
export const extent = (values: Iterable<number>): [number, number] => {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (!Number.isFinite(v)) continue;
    low = Math.min(low, bounded(v));
    high = Math.max(high, bounded(v));
  }
  if (low > high) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > Math.max(SAME * size, TINY)) return [low, high];
  if (size <= TINY) return [0, 1];
  const room = size * 0.1;
  return [low - room, high + room];
};

/** A round number (1, 2 or 5 times a power of ten, so that whole percents stay whole) that goes into `range` about `count` times. */
const roundStep = (range: number, count: number): number => {
  const raw = range / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5].find((m) => m * power >= raw * 0.999) ?? 10);
};

const multiples = (first: number, last: number, step: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));

/** Round numbers, about `count` of them, within [low, high]. */
export const ticks = ([low, high]: readonly [number, number], count: number): number[] => {
  const step = roundStep(high - low, count);
  return multiples(Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9), step);
};

/** Round numbers, about `count` of them, that reach around [low, high]. */
export const ticksAround = ([low, high]: readonly [number, number], count: number): number[] => {
  const step = roundStep(high - low, count);
  return multiples(Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9), step);
};
