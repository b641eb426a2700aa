import { labelledShare, permutation, seedOf, type Samples } from '@understory/core';

/** The same for every network, whatever its run's seed: looks can be compared. */
const SEED = seedOf(0).at('depth-lens');

/** A fixed choice of so many positions, in order: of each class as much, where samples have one. */
export const stratified = (
  { length, groups }: Pick<Samples, 'length' | 'groups'>,
  count: number,
): number[] => {
  if (length <= count) return [...Array(length).keys()];
  const chosen = groups ? [...labelledShare(groups, count / length, SEED)] : [...Array(length).keys()];
  // One of each class may be more than was asked for.
  const kept = permutation(chosen.length, SEED.at('kept').rng()).slice(0, count);
  return [...kept].map((i) => chosen[i]!).sort((a, b) => a - b);
};
