import { normalCdf } from '@understory/metrics';
import type { Rng } from '@understory/core';
import { sameSettings } from '../run/settings.ts';
import { drawPoint, isListed, numberAt, placeIn, type Dimension, type Point, type Space } from './space.ts';

/** Share of the trials that count as good ones. */
const GOOD = 0.15;
/** Combinations that are drawn, of which the most promising is taken. */
const CANDIDATES = 24;
/** A kernel's deviation over a whole range, of one trial. */
const WIDTH = 0.2;

/** A combination as numbers: the place in a range, 0 … 1; which of the listed values. */
type Coordinates = readonly number[];

const coordinateOf = (dimension: Dimension, value: unknown): number =>
  isListed(dimension)
    ? dimension.values.findIndex((one) => sameSettings(one, value))
    : placeIn(dimension, value as number);

const coordinatesOf = (space: Space, point: Point): Coordinates =>
  space.map((dimension) => coordinateOf(dimension, point[dimension.key]));

/** Trials as hills, all equally high; beside them lies a plain over the whole space. */
interface Hills {
  readonly space: Space;
  readonly tops: readonly Coordinates[];
  /** Deviation of a hill along a range, which is 1 long. */
  readonly width: number;
}

const hillsOf = (space: Space, tops: readonly Coordinates[]): Hills => {
  const n = Math.max(1, tops.length);
  const scott = WIDTH * n ** (-1 / (space.length + 4));
  return { space, tops, width: Math.max(scott, 0.5 / Math.min(100, n + 1)) };
};

/** Of a hill that is cut off at the ends of its range. */
const alongRange = (place: number, top: number, width: number): number => {
  const inside = normalCdf((1 - top) / width) - normalCdf(-top / width);
  const z = (place - top) / width;
  return Math.exp((-z * z) / 2) / (Math.sqrt(2 * Math.PI) * width * inside);
};

/** How likely a hill's trial keeps a listed value, and takes any of them otherwise. */
const keeping = (count: number, { tops }: Hills): number => 1 / (1 + count / (tops.length + 1));

/** How likely a hill makes a coordinate. */
const likelihood = (dimension: Dimension, at: number, top: number, hills: Hills): number => {
  if (!isListed(dimension)) return alongRange(at, top, hills.width);
  const { length } = dimension.values;
  const kept = keeping(length, hills);
  return (at === top ? kept : 0) + (1 - kept) / length;
};

const plain = (space: Space): number =>
  space.reduce((p, dimension) => p * (isListed(dimension) ? 1 / dimension.values.length : 1), 1);

/** Density at a combination: Parzen's estimate from the trials. */
const densityAt = (hills: Hills, at: Coordinates): number => {
  const { space, tops } = hills;
  const heights = tops.map((top) =>
    space.reduce((p, dimension, i) => p * likelihood(dimension, at[i] ?? 0, top[i] ?? 0, hills), 1),
  );
  return heights.reduce((sum, height) => sum + height, plain(space)) / (tops.length + 1);
};

/** A place on a hill; its slopes end with the range. */
const placeNear = (top: number, width: number, rng: Rng): number => {
  for (let i = 0; i < 100; i++) {
    const place = top + width * rng.normal();
    if (place >= 0 && place <= 1) return place;
  }
  return top;
};

const valueNear = (dimension: Dimension, top: number, hills: Hills, rng: Rng): unknown => {
  if (!isListed(dimension)) return numberAt(dimension, placeNear(top, hills.width, rng));
  const { values } = dimension;
  const keeps = rng.uniform() < keeping(values.length, hills);
  return values[keeps ? top : rng.integer(0, values.length - 1)];
};

const drawFrom = (hills: Hills, rng: Rng): Point => {
  const { space, tops } = hills;
  const top = tops[rng.integer(0, tops.length)];
  if (!top) return drawPoint(space, rng);
  return Object.fromEntries(
    space.map((dimension, i) => [dimension.key, valueNear(dimension, top[i] ?? 0, hills, rng)]),
  );
};

const isSame = (a: Coordinates, b: Coordinates): boolean => a.every((value, i) => value === b[i]);

/**
 * The next combination to try, after a tree-structured Parzen estimator (Bergstra et al. 2011), all keys at once as BOHB has
 * them (Falkner et al. 2018): of some that are likely among good trials, the one that is least likely among the others.
 * `ranked` are the combinations so far, the best first; one that is there already is not proposed while others are drawn.
 */
export const proposeTpe = (space: Space, ranked: readonly Point[], rng: Rng): Point => {
  const tops = ranked.map((point) => coordinatesOf(space, point));
  const count = Math.ceil(GOOD * tops.length);
  const [good, others] = [hillsOf(space, tops.slice(0, count)), hillsOf(space, tops.slice(count))];
  let [best, most] = [drawPoint(space, rng), -Infinity];
  for (let i = 0; i < CANDIDATES; i++) {
    const point = drawFrom(good, rng);
    const at = coordinatesOf(space, point);
    const promise = densityAt(good, at) / densityAt(others, at);
    if (promise > most && !tops.some((top) => isSame(top, at))) [best, most] = [point, promise];
  }
  return best;
};
