import { add, tidy, zerosLike, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import type { Network } from '../contracts/objective.ts';
import type { Experiment } from './experiment.ts';
import { networkVariables, type NamedVariables } from './network.ts';
import { stateVariable } from './variables.ts';

/** Where the trainer's own part of the state begins; the rest is the optimizer's. */
export const ACCUMULATED = 'accumulated/';
export const AVERAGE = 'average/';

const prefixed = (
  prefix: string,
  from: NamedVariables,
  make: (v: Tensor) => Tensor,
): [name: string, value: Tensor][] => Object.entries(from).map(([name, v]) => [prefix + name, make(v)]);

const initialValues = (
  { optimizer, accumulate = 1, average }: Experiment,
  trained: NamedVariables,
): NamedTensorMap => ({
  ...optimizer.init(trained),
  ...Object.fromEntries(accumulate > 1 ? prefixed(ACCUMULATED, trained, (v) => zerosLike(v)) : []),
  ...Object.fromEntries(average === undefined ? [] : prefixed(AVERAGE, trained, (v) => add(v, 0))),
});

/**
 * What is kept between steps beside the network, as variables of the run: the optimizer's state, the sums of gradients
 * under `accumulated/` and the weights' moving average under `average/`, where the experiment has them.
 */
export const optimizerState = (experiment: Experiment, network: Network): NamedVariables => {
  const values = tidy(() => initialValues(experiment, networkVariables(network, true)));
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, stateVariable(value)]));
};

/** Entries whose names begin with a prefix, without it. */
export const partOf = <T>(state: Readonly<Record<string, T>>, prefix: string): Record<string, T> =>
  Object.fromEntries(
    Object.entries(state).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );
