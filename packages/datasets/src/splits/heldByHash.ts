import { byClass } from './byClass.ts';
import { FIXED_SEED } from './fixedSeed.ts';

/**
 * Holds a share of each class out for testing: the samples whose keys hash lowest. No seed decides it, so that every
 * run is tested on the same ones, and samples that join later move few. Gives their positions.
 */
export const heldByHash = (
  keys: readonly string[],
  labels: ArrayLike<number>,
  share: number,
): Set<number> => {
  const hash = FIXED_SEED.at('test');
  const rank = keys.map((key) => hash.at(key).value);
  const chosen = byClass(labels).flatMap((members) =>
    [...members]
      .sort((a, b) => rank[a]! - rank[b]! || a - b)
      .slice(0, Math.min(Math.round(members.length * share), Math.max(0, members.length - 1))),
  );
  return new Set(chosen);
};
