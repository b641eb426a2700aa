import { permutation, type Rng } from '@understory/core';
import { byClass, inOrder } from './byClass.ts';

export interface HeldOut {
  readonly kept: Int32Array;
  readonly held: Int32Array;
}

/** Splits off a share of every class by chance; a class keeps one sample at least. Positions ascend. */
export const holdOut = (labels: ArrayLike<number>, share: number, rng: Rng): HeldOut => {
  const kept: number[] = [];
  const held: number[] = [];
  for (const members of byClass(labels)) {
    const out = Math.min(Math.round(members.length * share), Math.max(0, members.length - 1));
    permutation(members.length, rng).forEach((m, rank) => (rank < out ? held : kept).push(members[m]!));
  }
  return { kept: inOrder(kept), held: inOrder(held) };
};
