import {
  add,
  div,
  where,
  zerosLike,
  type NamedTensorMap,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { moveAverage, stayingShare } from '../ops/movingAverage.ts';
import { partOf } from '../named.ts';
import type { Experiment } from '../contracts/experiment.ts';
import type { LearntUpdates } from './freeze.ts';
import type { NamedVariables } from './network.ts';
import { ACCUMULATED, AVERAGE } from './optimizerState.ts';

type Inputs = Readonly<Record<string, Tensor>>;

/** A step's new values, and the variables that take them. */
type Assignments = readonly (readonly [variable: NamedVariables[string], value: Tensor])[];

interface Update {
  readonly gradients: NamedTensorMap;
  /** All weights, those that rest too. */
  readonly all: NamedVariables;
  /** Optimizer steps done before, []. */
  readonly step: Scalar;
  /** Absent where all variables have learnt in each of them. */
  readonly learnt?: LearntUpdates | undefined;
  readonly rate: Scalar;
}

/** What the optimizer makes of gradients: new weights, new state, and the average of the new weights. */
const optimized = (
  { optimizer, average }: Experiment,
  variables: NamedVariables,
  state: NamedVariables,
  { gradients, all, step, learnt, rate }: Update,
): Assignments => {
  const stepOf = learnt?.(step);
  const next = optimizer.update(gradients, state, { variables, rate, step, ...(stepOf && { stepOf }) });
  const weights = Object.entries(next.updates).map(
    ([name, update]) => [name, add(variables[name]!, update)] as const,
  );
  const averages = Object.entries(partOf(state, AVERAGE));
  const changed = new Map(weights);
  const share = average === undefined ? undefined : stayingShare(average, step);
  return [
    ...weights.map(([name, value]) => [variables[name]!, value] as const),
    ...Object.entries(next.state).flatMap(([name, value]) =>
      value === state[name] ? [] : [[state[name]!, value] as const],
    ),
    // Of weights that rest, too: their average comes to where they are.
    ...(share
      ? averages.map(([name, old]) => {
          const now = changed.get(name) ?? all[name]!;
          return [old, moveAverage<Tensor>(old, now, share)] as const;
        })
      : []),
  ];
};

const assignAll = (assignments: Assignments): void => assignments.forEach(([v, value]) => v.assign(value));

interface Given extends Pick<Update, 'gradients' | 'all' | 'learnt'> {
  readonly inputs: Inputs;
}

/** Adds the gradients up; where the step is the last of its group, their mean goes to the optimizer. */
const accumulated = (
  experiment: Experiment,
  variables: NamedVariables,
  state: NamedVariables,
  { gradients, all, learnt, inputs }: Given,
): Assignments => {
  const sums = partOf(state, ACCUMULATED);
  const apply = inputs['apply']!;
  const count = inputs['count']!;
  const added = Object.entries(gradients).map(([name, g]) => [name, add(sums[name]!, g)] as const);
  const mean = Object.fromEntries(added.map(([name, sum]) => [name, div(sum, count)]));
  const [rate, step] = [inputs['rate'] as Scalar, inputs['updates'] as Scalar];
  const update = { gradients: mean, all, step, learnt, rate };
  return [
    ...optimized(experiment, variables, state, update).map(
      ([v, value]) => [v, where(apply, value, v)] as const,
    ),
    ...added.map(([name, sum]) => [sums[name]!, where(apply, zerosLike(sum), sum)] as const),
  ];
};

/** Changes weights, the optimizer's state and the averages, as the step's gradients say; `variables` are those that learn. */
export const updateWeights = (
  experiment: Experiment,
  variables: NamedVariables,
  state: NamedVariables,
  given: Given,
): void => {
  if ((experiment.accumulate ?? 1) > 1) {
    assignAll(accumulated(experiment, variables, state, given));
    return;
  }
  const { gradients, all, learnt, inputs } = given;
  const [rate, step] = [inputs['rate'] as Scalar, inputs['step'] as Scalar];
  assignAll(optimized(experiment, variables, state, { gradients, all, learnt, rate, step }));
};
