import { dispose } from '@tensorflow/tfjs-core';
import type { Experiment } from '../../contracts/experiment.ts';
import type { StepFunction } from '../../contracts/runner.ts';
import { differentiate } from '../differentiate.ts';
import { restingLayers, withoutFrozen, withStillBatchNorm } from '../freeze.ts';
import { networkVariables, type TrainingNetwork } from '../network.ts';
import { seenIn } from '../step.ts';

/**
 * The step that tells the gradients of the whole loss, of each variable that learns in an epoch by its name, for a batch as training
 * assembles it; it assigns nothing.
 */
export const gradientStep = (
  experiment: Experiment,
  network: TrainingNetwork,
  epoch: number,
): StepFunction => {
  const { frozen, still } = restingLayers(experiment, network, epoch);
  const trained = withoutFrozen(networkVariables(network, true), frozen);
  const whole = { ...experiment, microBatches: 1 };
  return (inputs) => {
    const given = { inputs, ...seenIn(experiment, inputs), trained, keepStatistics: true };
    const { gradients, carried, kept } = withStillBatchNorm(still, () =>
      differentiate(whole, network, given),
    );
    carried.forEach((carry) => dispose(carry));
    dispose([...kept]);
    return gradients;
  };
};
