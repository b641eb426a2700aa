import type { Cluster } from '../cluster.ts';

/** What a worker is told: to join a cluster, or to run a step so many times on vectors of a length. */
export type Order =
  | { readonly join: Cluster }
  | { readonly length: number; readonly steps: number; readonly floatsAlone?: boolean };

/** What came of it: digests of each run's first sum, and of all its outputs; or the error's code and message. */
export interface Answer {
  readonly firsts?: readonly string[];
  readonly all?: readonly string[];
  readonly failed?: string;
}

/** A worker's numbers for one of its runs, of magnitudes that let the order of a sum show in its bits. */
export const numbersOf = (rank: number, step: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => {
    const mixed = Math.imul(i + 1 + 7919 * step + 104_729 * rank, 0x85ebca6b);
    return (mixed ^ (mixed >>> 13)) * 2 ** -((i + rank) % 9);
  });
