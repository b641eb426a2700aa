import { UnderstoryError } from '@understory/core';
import type { Native } from '../compile/graph/native.ts';
import type { Cluster } from './cluster.ts';

/** Sums of a session over workers that share memory. */
export interface SharedSums {
  /** The addon's number of them. */
  readonly id: number;
  /** Makes room for the next sum, of so many elements, and gives its number; undefined where memory is short, on all workers alike. */
  reserve(elements: number): number | undefined;
}

const differ = (cause: unknown): UnderstoryError =>
  new UnderstoryError(
    'workers-differ',
    `${cause instanceof Error ? cause.message : String(cause)}. Start all workers with the same command, config and version.`,
    { cause },
  );

/** Undefined where the workers have no memory in common. */
export const joinShared = (
  native: Native,
  { addresses, rank, shared }: Cluster,
  group: number,
): SharedSums | undefined => {
  const id = shared === undefined ? 0 : native.joinSums(shared, group, addresses.length, rank);
  if (id === 0) return undefined;
  let next = 0;
  return {
    id,
    reserve(elements) {
      const number = next++;
      try {
        return native.reserveSum(id, number, elements) ? number : undefined;
      } catch (cause) {
        throw differ(cause);
      }
    },
  };
};
