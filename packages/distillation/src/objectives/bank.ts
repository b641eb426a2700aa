import { fill, stateVariable, untracked, type Seed } from '@understory/core';
import {
  div,
  greater,
  tensor,
  where,
  zeros,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Variable,
} from '@tensorflow/tfjs-core';
import { bankScores, drawCounts, movedBank, ownScores, partition } from '../losses/memoryBank.ts';
import { noiseContrast } from '../losses/noiseContrast.ts';

export interface BankOptions {
  /** Entries, one a training image. */
  readonly size: number;
  readonly width: number;
  /** Negatives of each image. */
  readonly negatives: number;
  readonly temperature: number;
  /** Share of an entry that stays when its image was seen. */
  readonly momentum: number;
}

/** The memory of one network's embeddings, and the constant that scores against it are divided by. */
export interface Bank {
  /** [n, D] unit rows. */
  readonly entries: Variable;
  /** [], 0 until the first batch sets it. */
  readonly partition: Variable;
}

/** Entries uniform in ±1/√(D/3), as the authors begin. */
export const createBank = ({ size, width }: BankOptions, seed: Seed): Bank => {
  const values = fill(size * width, { uniform: 1 / Math.sqrt(width / 3) }, seed);
  return { entries: stateVariable(tensor(values, [size, width])), partition: stateVariable(zeros([])) };
};

/** What one network's side of a step leaves for the banks. */
export interface Side {
  readonly loss: Scalar;
  readonly partition: Scalar;
}

/** Scores embeddings [B, D] of one network against the other's bank: own entries against drawn ones, by NCE. */
export const scoreSide = (
  v: Tensor2D,
  bank: Bank,
  seen: { readonly positions: Tensor1D; readonly drawn: Tensor2D },
  { size, negatives, temperature }: BankOptions,
): Side => {
  const entries: Tensor = bank.entries;
  const [counts] = untracked((): [Tensor2D] => [drawCounts(seen.drawn, size)]);
  const own = ownScores(v, entries as Tensor2D, seen.positions, temperature); // [B]
  const all = bankScores(v, entries as Tensor2D, temperature); // [B, n]
  const [constant] = untracked((): [Scalar] => {
    const known: Tensor = bank.partition;
    return [where(greater(known, 0), known, partition(own, all, counts)) as Scalar];
  });
  const loss = noiseContrast({ size, negatives })(div(own, constant), div(all, constant), counts);
  return { loss, partition: constant };
};

/** Takes up what a step saw: entries move towards embeddings [B, D], the constant is what it was scored with. */
export const remember = (
  { entries, partition: constant }: Bank,
  positions: Tensor1D,
  { v, scored }: { readonly v: Tensor2D; readonly scored: Tensor },
  { momentum }: BankOptions,
): void => {
  const now: Tensor = entries;
  entries.assign(movedBank(now as Tensor2D, positions, v, momentum));
  constant.assign(scored);
};
