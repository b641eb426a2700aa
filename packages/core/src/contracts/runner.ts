import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { NdArray, NdArrays } from './arrays.ts';
import type { Forward } from './objective.ts';
import type { Workers } from './workers.ts';

/** A pure function of tensors by name; it may assign variables. No value may be read inside. */
export type StepFunction = (inputs: Readonly<Record<string, Tensor>>) => Record<string, Tensor>;

/** How the time of a step went that sums over workers. */
export interface SumTimes {
  /** From its first op to its last one. */
  readonly seconds: number;
  /** Of these, while a sum was under way: from when this worker had its part, so what others still compute counts too. */
  readonly inSums: number;
  /** Of these, while this worker computed something else: sums that cost no time. */
  readonly hidden: number;
}

/** A step that is ready to run. Inputs of another shape are traced again. */
export interface Step {
  run(inputs: NdArrays): Promise<Record<string, NdArray>>;
  /** The same, while the times of its ops are taken, which costs some time; absent where a runner cannot. */
  runTimed?(
    inputs: NdArrays,
  ): Promise<{ readonly outputs: Record<string, NdArray>; readonly sums: SumTimes }>;
  dispose(): void;
}

export interface StepOptions {
  /** When a float output is not finite, variables keep the values they had and `run` rejects with code `not-finite`. */
  readonly guard?: boolean;
}

/**
 * Runs steps: op by op on whatever tfjs backend is active, or compiled by the native engine. Variables that a step
 * uses belong to the runner from then on: their values come out by `read` and go in by `write`.
 */
export interface Runner {
  readonly mode: 'eager' | 'compiled';
  /** What it runs on, for people: `TensorFlow 2.21, compiled, 2 threads`. */
  readonly description: string;
  /** Processes that run the same steps on other shares of the batches; none others where absent. */
  readonly workers?: Workers;
  /**
   * Told within a step, before its gradients: a backbone's pass, and the loss that is made of it. Its maps may be computed again on
   * the way back instead of being held. Absent where a runner holds all.
   */
  readonly mayRecompute?: (seen: Forward, loss: Tensor) => void;
  step(name: string, fn: StepFunction, options?: StepOptions): Step;
  read(variables: readonly Variable[]): Promise<NdArray[]>;
  write(variables: readonly Variable[], values: readonly NdArray[]): Promise<void>;
  dispose(): void;
}
