import { evaluationBatch, inferenceStep, type Registry, type Step, type Task } from '@understory/core';
import type { Say } from '../listeners.ts';
import { openRunner } from '../session.ts';
import { networkOfTrained, type TaskNetwork, type Trained } from './loadNetwork.ts';

/** A run's network with its weights, ready for images. */
export interface OpenedNetwork {
  /** uint8 images [B, H, W, 3] as `images` → the task's outputs and what it makes of them, by name. */
  readonly step: Step;
  readonly task: Task;
  readonly network: TaskNetwork;
  /** Images that it looks at at once. */
  readonly batch: number;
  readonly close: () => void;
}

/** Loads the engine, and builds the network of a run that was read. */
export const openTrained = async (registry: Registry, trained: Trained, say: Say): Promise<OpenedNetwork> => {
  const { config, dataset } = trained.info;
  const runner = await openRunner(config.engine, say);
  const network = await networkOfTrained(registry, runner, trained);
  return {
    step: runner.step(
      'infer',
      inferenceStep(network, { task: network.task, normalization: dataset.normalization }),
    ),
    task: network.task,
    network,
    batch: evaluationBatch(network),
    close: () => runner.dispose(),
  };
};
