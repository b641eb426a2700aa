import type { StartEvent } from '../contracts/events.ts';
import { detailsOf, unitsOf } from '../contracts/experiment.ts';
import { describeData } from '../data/describeData.ts';
import { parameterCount } from './network.ts';
import type { Run } from './run.ts';

/** What is told of a run before its first step. */
export const startEvent = ({
  experiment,
  options,
  network,
  perEpoch,
  progress,
  changed,
}: Run): StartEvent => {
  const heads = Object.values(network.modules).reduce((sum, m) => sum + parameterCount(m), 0);
  const task = network.head ? parameterCount(network.head.model) : 0;
  const details = detailsOf(experiment);
  return {
    type: 'start',
    run: experiment.name,
    engine: options.runner.description,
    epochs: experiment.epochs,
    stepsPerEpoch: perEpoch,
    step: progress.step,
    parameters: { inference: parameterCount(network.backbone.model) + task, heads },
    units: unitsOf(experiment),
    ...(details.length > 0 && { details }),
    data: describeData(experiment, changed),
  };
};
