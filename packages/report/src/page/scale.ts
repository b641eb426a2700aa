/** A straight map from data to pixels. */
export type Scale = (value: number) => number;

export const linear =
  ([a, b]: readonly [number, number], [from, to]: readonly [number, number]): Scale =>
  (value) =>
    from + ((value - a) / (b - a || 1)) * (to - from);

/** Smallest and largest finite value; [0, 1] where there is none, and a little room where all are equal. */
export const extent = (values: Iterable<number>): [number, number] => {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (!Number.isFinite(v)) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (low > high) return [0, 1];
  if (low < high) return [low, high];
  const room = Math.abs(low) * 0.1 || 1;
  return [low - room, high + room];
};

/** A round number (1, 2, 2.5 or 5 times a power of ten) that goes into `range` about `count` times. */
const roundStep = (range: number, count: number): number => {
  const raw = range / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 2.5, 5].find((m) => m * power >= raw * 0.999) ?? 10);
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
