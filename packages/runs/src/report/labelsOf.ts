import type { Samples } from '@understory/core';

/**
 * Classes of images at some positions, where each is of one that has a name; undefined where they have none, or where
 * their groups are others than what the dataset tells apart.
 */
export const labelsOf = (
  { groups }: Pick<Samples, 'groups'>,
  positions: readonly number[],
  classes: readonly string[],
): Int32Array | undefined => {
  const labels = groups && Int32Array.from(positions, (p) => groups[p]!);
  return labels?.every((label) => label >= 0 && label < classes.length) ? labels : undefined;
};
