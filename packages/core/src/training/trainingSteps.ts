import type { Experiment } from '../contracts/experiment.ts';
import type { Runner, Step } from '../contracts/runner.ts';
import { alone } from '../contracts/workers.ts';
import { agreementStep } from './agreement/agreement.ts';
import { gradientStep } from './agreement/gradientStep.ts';
import { isFrozen } from './freeze.ts';
import type { NamedVariables, TrainingNetwork } from './network.ts';
import type { Run } from './run.ts';
import { trainingStep } from './step.ts';

/** What a run computes in epochs of one kind. */
interface StepsOfEpoch {
  readonly training: Step;
  readonly comparing: Step;
  readonly gradients: Step;
}

/** The steps of a run: one, or where stages are frozen for a while one of each kind. A step is traced when it is run first. */
export const trainingSteps = (
  experiment: Experiment,
  network: TrainingNetwork,
  state: NamedVariables,
  runner: Runner,
): Pick<Run, 'steps' | 'training' | 'comparing' | 'gradients'> => {
  const { freeze } = experiment;
  const { workers = alone, mayRecompute } = runner;
  const options = { workers, ...(mayRecompute && { mayRecompute }) };
  const at = (epoch: number): StepsOfEpoch => ({
    training: runner.step('train', trainingStep(experiment, network, state, { epoch, ...options }), {
      guard: true,
    }),
    comparing: runner.step('compare', agreementStep(experiment, network, epoch)),
    gradients: runner.step('gradients', gradientStep(experiment, network, epoch)),
  });
  const frozen = at(freeze?.from ?? 0);
  const always = !freeze || (freeze.until === undefined && freeze.from === 0);
  const free = always ? frozen : at(freeze.until ?? freeze.from - 1);
  const of = (epoch: number): StepsOfEpoch => (freeze && isFrozen(freeze, epoch) ? frozen : free);
  return {
    steps: [...new Set([frozen, free])].flatMap(({ training, comparing, gradients }) => [
      training,
      comparing,
      gradients,
    ]),
    training: (epoch) => of(epoch).training,
    comparing: (epoch) => of(epoch).comparing,
    gradients: (epoch) => of(epoch).gradients,
  };
};
