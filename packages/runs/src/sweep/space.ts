import type { Rng } from '@understory/core';
import { sameSettings } from '../run/settings.ts';

/** A key of a config, and the values that are listed for it. */
export interface Listed {
  readonly key: string;
  readonly values: readonly unknown[];
}

/** A key of a config that takes any number of a range, both ends included. */
export interface Ranged {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  /** Whether numbers are drawn evenly by their logarithm. */
  readonly log: boolean;
  /** Whether it takes whole numbers alone. */
  readonly whole: boolean;
}

export type Dimension = Listed | Ranged;

/** Where a sweep looks: keys of a config, in the order in which their values are put into it. */
export type Space = readonly Dimension[];

/** A value for each key of a space. */
export type Point = Readonly<Record<string, unknown>>;

export const isListed = (dimension: Dimension): dimension is Listed => 'values' in dimension;

const curved = (value: number, { log }: Ranged): number => (log ? Math.log(value) : value);

/** Where a number lies in a range: 0 at its low end, 1 at its high one. */
export const placeIn = (range: Ranged, value: number): number =>
  (curved(value, range) - curved(range.from, range)) / (curved(range.to, range) - curved(range.from, range));

/** Numbers are told and kept in four digits, for nobody sets a rate in sixteen; in more where the range is narrower than its numbers. */
const digitsOf = ({ from, to }: Ranged): number => {
  const narrow = Math.max(Math.abs(from), Math.abs(to)) / (to - from);
  return Math.min(16, 4 + Math.max(0, Math.floor(Math.log10(narrow))));
};

/** The number at a place of a range, 0 … 1. */
export const numberAt = (range: Ranged, place: number): number => {
  const low = curved(range.from, range);
  const at = low + place * (curved(range.to, range) - low);
  const value = Number((range.log ? Math.exp(at) : at).toPrecision(range.whole ? 16 : digitsOf(range)));
  return Math.min(range.to, Math.max(range.from, range.whole ? Math.round(value) : value));
};

/** How many values a key takes; `Infinity` of a range that is not whole. */
const countOf = (dimension: Dimension): number => {
  if (isListed(dimension)) return dimension.values.length;
  return dimension.whole ? dimension.to - dimension.from + 1 : Infinity;
};

/** How many combinations a space has. */
export const sizeOf = (space: Space): number => space.reduce((n, dimension) => n * countOf(dimension), 1);

const valueAt = (dimension: Dimension, i: number): unknown =>
  isListed(dimension) ? dimension.values[i] : dimension.from + i;

/** The combination of a number, 0 … n − 1, of a space that has n; the last key changes first. */
export const gridPoint = (space: Space, i: number): Point => {
  let rest = i;
  const entries = [...space].reverse().map((dimension) => {
    const count = countOf(dimension);
    const value = valueAt(dimension, rest % count);
    rest = Math.floor(rest / count);
    return [dimension.key, value] as const;
  });
  return Object.fromEntries(entries.reverse());
};

/** A combination at random. */
export const drawPoint = (space: Space, rng: Rng): Point =>
  Object.fromEntries(
    space.map((dimension) => [
      dimension.key,
      isListed(dimension)
        ? dimension.values[rng.integer(0, dimension.values.length - 1)]
        : drawNumber(dimension, rng),
    ]),
  );

/** Of a whole range each number is as likely, its ends too. */
const drawNumber = (range: Ranged, rng: Rng): number =>
  range.whole && !range.log ? rng.integer(range.from, range.to) : numberAt(range, rng.uniform());

export const samePoint = (a: Point, b: Point): boolean => sameSettings(a, b);

/** The space with two ends in place of each range: what has to mean something before anything is trained. */
export const endsOf = (space: Space): readonly Listed[] =>
  space.map((dimension) =>
    isListed(dimension) ? dimension : { key: dimension.key, values: [dimension.from, dimension.to] },
  );
