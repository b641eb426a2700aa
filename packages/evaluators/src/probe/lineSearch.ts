import { along, dot, type Objective, type Slope } from './vectors.ts';

/** Shares of the slope at the start: least descent, and most slope that may be left (Nocedal & Wright 2006, eq. 3.7). */
const DESCENT = 1e-4;
const CURVATURE = 0.9;
const TRIALS = 25;

interface Trial {
  /** In units of the way. */
  readonly length: number;
  readonly at: Float64Array;
  readonly slope: Slope;
  /** Slope along the way. */
  readonly rise: number;
}

export interface SearchRequest {
  readonly at: Float64Array;
  readonly slope: Slope;
  readonly way: Float64Array;
  /** Length to try first. */
  readonly first: number;
  /** What rounding may add to a value, as a share of it. */
  readonly rounding: number;
}

/** Where the cubic through two trials is least; halfway between them where that is near an end or nowhere. */
const between = (a: Trial, b: Trial): number => {
  const [low, high] = a.length < b.length ? [a, b] : [b, a];
  const width = high.length - low.length;
  const d = low.rise + high.rise - (3 * (high.slope.value - low.slope.value)) / width;
  const root = Math.sqrt(d * d - low.rise * high.rise);
  const share = 1 - (high.rise + root - d) / (high.rise - low.rise + 2 * root);
  return low.length + width * (share > 0.1 && share < 0.9 ? share : 0.5);
};

/**
 * A point along a way that fulfils the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6); one that
 * only descends where 25 trials find none, undefined where none does.
 */
export const lineSearch = async (
  objective: Objective,
  { at, slope, way, first, rounding }: SearchRequest,
): Promise<Trial | undefined> => {
  const start: Trial = { length: 0, at, slope, rise: dot(slope.gradient, way) };
  if (!(start.rise < 0)) return undefined;
  const slack = rounding * Math.abs(slope.value);
  let [low, high, length]: [Trial, Trial | undefined, number] = [start, undefined, first];
  for (let i = 0; i < TRIALS; i++) {
    const place = along(at, length, way);
    const there = await objective(place);
    const trial: Trial = { length, at: place, slope: there, rise: dot(there.gradient, way) };
    const descends = there.value <= slope.value + DESCENT * length * start.rise + slack;
    if (descends && Math.abs(trial.rise) <= -CURVATURE * start.rise) return trial;
    if (!descends || there.value >= low.slope.value + slack) high = trial;
    else {
      if (trial.rise * ((high?.length ?? Infinity) - low.length) >= 0) high = low;
      low = trial;
    }
    length = high ? between(low, high) : 2 * length;
  }
  return low === start ? undefined : low;
};
