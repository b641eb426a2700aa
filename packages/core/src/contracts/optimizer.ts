import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import { token } from '../plugin.ts';

export interface UpdateContext {
  /** The trained variables' values, by the gradients' names. */
  readonly variables: Readonly<NamedTensorMap>;
  /** Learning rate of this step, []. */
  readonly rate: Scalar;
  /** Optimizer steps done before this one, [] float32. */
  readonly step: Scalar;
  /** Those of them in which a variable learnt, []: fewer where it was frozen for a while. `step` for all where absent. */
  readonly stepOf?: (name: string) => Scalar;
}

/** A gradient transformation: pure, tensor ops only. An update is added to its variable. */
export interface Transform {
  /** Makes the state's first value, by name (`velocity/…`); the trainer keeps and saves it. */
  init(variables: Readonly<NamedTensorMap>): NamedTensorMap;
  update(
    gradients: Readonly<NamedTensorMap>,
    state: Readonly<NamedTensorMap>,
    context: UpdateContext,
  ): { readonly updates: NamedTensorMap; readonly state: NamedTensorMap };
}
export const OPTIMIZER = token<Transform>('optimizer');

/** Learning rate at a 0-based optimizer step. */
export type Schedule = (step: number) => number;

/** What a schedule may depend on besides the step. */
export interface Plan {
  readonly stepsPerEpoch: number;
  readonly epochs: number;
}
export type ScheduleFactory = (plan: Plan) => Schedule;
export const SCHEDULE = token<ScheduleFactory>('schedule');
