import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Processes that run the same steps side by side, each on its share of every batch. They must ask for the same sums in the
 * same order.
 */
export interface Workers {
  /** How many there are; 1 alone. */
  readonly size: number;
  /** Which of them this one is, from 0. */
  readonly rank: number;
  /**
   * The sum of what each worker gives, in a step, the same bits on all; its gradient is the sum of theirs. `x` itself alone.
   */
  readonly sum: <T extends Tensor>(x: T) => T;
}

/** One process: a sum is the tensor itself, and takes nothing. */
export const alone: Workers = { size: 1, rank: 0, sum: (x) => x };
