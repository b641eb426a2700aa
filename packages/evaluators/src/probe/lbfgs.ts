import { lineSearch } from './lineSearch.ts';
import { along, dot, largest, type Objective, type Slope } from './vectors.ts';

export interface LbfgsOptions {
  /** Pairs of steps and changes of the gradient that are kept. */
  readonly memory: number;
  /** Most steps. */
  readonly steps: number;
  /** Largest part of the gradient at which a point is a minimum. */
  readonly tolerance: number;
  /** What rounding may add to a value, as a share of it. */
  readonly rounding: number;
  readonly onStep?: (step: number) => void;
}

export interface Minimum extends Slope {
  readonly at: Float64Array;
  readonly steps: number;
  readonly converged: boolean;
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** 1 / (step · change). */
  readonly rho: number;
}

/** −H·gradient by the two loops of Nocedal & Wright 2006, algorithm 7.4. */
const direction = (gradient: Float64Array, pairs: readonly Pair[]): Float64Array => {
  let q: Float64Array = gradient;
  const alphas = [...pairs].reverse().map(({ step, change, rho }) => {
    const alpha = rho * dot(step, q);
    q = along(q, -alpha, change);
    return alpha;
  });
  const last = pairs.at(-1);
  const scale = last ? 1 / (last.rho * dot(last.change, last.change)) : 1;
  let r: Float64Array = q.map((value) => scale * value);
  pairs.forEach(({ step, change, rho }, i) => {
    r = along(r, alphas[pairs.length - 1 - i]! - rho * dot(change, r), step);
  });
  return r.map((value) => -value);
};

/** The pairs with one more, without the oldest where they are too many; one that shows no curvature is left out. */
const remember = (
  pairs: readonly Pair[],
  [step, change]: readonly [Float64Array, Float64Array],
  memory: number,
): readonly Pair[] => {
  const curvature = dot(step, change);
  if (!(curvature > 1e-12 * dot(change, change))) return pairs;
  return [...pairs, { step, change, rho: 1 / curvature }].slice(-memory);
};

/**
 * A minimum of a smooth function by L-BFGS with a strong Wolfe line search, `converged` where every part of the gradient is
 * at most `tolerance`. It ends unconverged after `steps`, or where rounding hides every descent.
 */
export const lbfgs = async (
  objective: Objective,
  start: Float64Array,
  { memory, steps, tolerance, rounding, onStep }: LbfgsOptions,
): Promise<Minimum> => {
  let [at, slope, pairs]: [Float64Array, Slope, readonly Pair[]] = [start, await objective(start), []];
  for (let step = 0; ; step++) {
    const converged = largest(slope.gradient) <= tolerance;
    if (converged || step >= steps) return { at, ...slope, steps: step, converged };
    const way = direction(slope.gradient, pairs);
    const first = pairs.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(dot(way, way)));
    const found = await lineSearch(objective, { at, slope, way, first, rounding });
    if (!found && pairs.length === 0) return { at, ...slope, steps: step, converged };
    if (found) {
      const change = along(found.slope.gradient, -1, slope.gradient);
      pairs = remember(pairs, [along(found.at, -1, at), change], memory);
      [at, slope] = [found.at, found.slope];
      onStep?.(step + 1);
    } else pairs = []; // begin again along the gradient
  }
};
