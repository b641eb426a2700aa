import { add, tidy, zeros, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import type { Network } from '../contracts/objective.ts';
import { mapNamed, withPrefix } from '../named.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { networkVariables, type NamedVariables } from './network.ts';
import { stateVariable } from './variables.ts';

/** Where the trainer's own part of the state begins; the rest is the optimizer's. */
export const ACCUMULATED = 'accumulated/';
export const AVERAGE = 'average/';

const initialValues = (
  { optimizer, accumulate = 1, average }: Experiment,
  trained: NamedVariables,
): NamedTensorMap => ({
  ...optimizer.init(trained),
  ...(accumulate > 1 &&
    withPrefix(
      ACCUMULATED,
      mapNamed<Tensor, Tensor>(trained, ({ shape }) => zeros(shape)),
    )),
  ...(average !== undefined &&
    withPrefix(
      AVERAGE,
      mapNamed<Tensor, Tensor>(trained, (v) => add(v, 0)),
    )),
});

/**
 * What is kept between steps beside the network, as variables of the run: the optimizer's state, the sums of gradients
 * under `accumulated/` and the weights' moving average under `average/`, where the experiment has them.
 */
export const optimizerState = (experiment: Experiment, network: Network): NamedVariables => {
  const values = tidy(() => initialValues(experiment, networkVariables(network, true)));
  return mapNamed(values, (value) => stateVariable(value));
};
