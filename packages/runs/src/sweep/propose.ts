import { seedOf, type Rng, type Seed } from '@understory/core';
import { drawPoint, gridPoint, samePoint, type Point, type Space } from './space.ts';
import { proposeTpe } from './tpe.ts';

/** All combinations in their order; at random; or at random first, then where good trials are more likely than others. */
export type Search = 'grid' | 'random' | 'tpe';

/** What decides which combinations are tried. */
export interface Plan {
  readonly space: Space;
  readonly search: Search;
  readonly seed: number;
  /** The config's own values, where the space holds them: they are tried first, but by a grid, which has them somewhere. */
  readonly own?: Point;
}

/** Trials of `tpe` that are drawn at random, before there is something to learn from. */
export const RANDOM_FIRST = 8;

/** Draws until a combination is new. Of a small space that is nearly exhausted the last draw has to do. */
const ATTEMPTS = 1000;

const fresh = (draw: (rng: Rng) => Point, tried: readonly Point[], seed: Seed): Point => {
  const rng = seed.rng();
  let point = draw(rng);
  for (let i = 0; i < ATTEMPTS && tried.some((one) => samePoint(one, point)); i++) point = draw(rng);
  return point;
};

const seedAt = ({ seed }: Plan, trial: number): Seed => seedOf(seed).at('sweep', trial);

/**
 * The combination of a trial, 0 …, which those before it and the seed decide. `tried` are theirs; `ranked` the same, the best
 * first, and `tpe` alone looks at it.
 */
export const propose = (plan: Plan, tried: readonly Point[], ranked: readonly Point[]): Point => {
  const { space, search, own } = plan;
  const trial = tried.length;
  if (search === 'grid') return gridPoint(space, trial);
  if (trial === 0 && own) return own;
  const learns = search === 'tpe' && trial >= RANDOM_FIRST && ranked.length > 0;
  const draw = (rng: Rng): Point => (learns ? proposeTpe(space, ranked, rng) : drawPoint(space, rng));
  return fresh(draw, tried, seedAt(plan, trial));
};

/** The combinations that are known before anything is trained: all but those that `tpe` learns. */
export const plannedPoints = (plan: Plan, trials: number): readonly Point[] => {
  const known = plan.search === 'tpe' ? Math.min(trials, RANDOM_FIRST) : trials;
  const points: Point[] = [];
  while (points.length < known) points.push(propose(plan, points, []));
  return points;
};
