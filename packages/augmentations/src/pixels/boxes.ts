import { aboveZero, interval, within } from '../options.ts';

/** Bounds of boxes that are drawn. */
export interface BoxShape {
  /** Part of the picture's area. */
  readonly scale: readonly [least: number, largest: number];
  /** One side divided by the other. */
  readonly ratio: readonly [least: number, largest: number];
}

/** Bounds of an area: parts of the picture's, above 0 and up to 1. */
export const scaleOption = (least: number, largest: number) => {
  const part = within(0, 1, 'a part of the area').positive('expected a part of the area above 0, up to 1');
  return interval(part).default([least, largest]);
};

export const ratioOption = (least: number, largest: number) =>
  interval(aboveZero()).default([least, largest]);

/** Sides above a half and below one more than the last round to a pixel or more, and to no more than the last. */
const ROUNDING = 1e-9;

/**
 * Whether any box that can be drawn for pictures of so many pixels has sides that round to at least 1 pixel, and to at
 * most those given. A ratio is the first side divided by the second.
 */
export const someBoxFits = (
  { scale, ratio }: BoxShape,
  area: number,
  [first, second]: readonly [number, number] = [Infinity, Infinity],
): boolean => {
  if (first < 1 || second < 1) return false;
  const [least, largest] = [scale[0] * area, scale[1] * area];
  const half = 0.25 * (1 + ROUNDING); // the square of half a pixel
  const [a, b] = [first + 0.5, second + 0.5].map((side) => side ** 2 * (1 - ROUNDING)) as [number, number];
  // For a ratio r, areas from ¼·max(r, 1/r) to min(a/r, b·r) do; each bound leaves ratios of an interval.
  const from = Math.max(ratio[0], half / largest, least / b, Math.sqrt(half / b));
  const to = Math.min(ratio[1], largest / half, a / least, Math.sqrt(a / half));
  return from <= to;
};
