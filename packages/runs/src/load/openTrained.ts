import {
  eagerRunner,
  evaluationBatch,
  inferenceStep,
  type Preprocessing,
  type Registry,
  type Runner,
  shareStep,
  sharingOf,
  type SharedStep,
  type Task,
} from '@understory/core';
import { type Cluster } from '@understory/engine';
import { readyEngine } from './readyEngine.ts';
import type { Say } from '../listeners.ts';
import { engineOfRun } from '../precision/settled.ts';
import { openRunner } from '../session.ts';
import { preprocessingOf } from '../run/runInfo.ts';
import { networkOfTrained, type TaskNetwork, type Trained } from './loadNetwork.ts';

/** A run's network with its weights, ready for images. */
export interface OpenedNetwork {
  /** uint8 images [B, H, W, 3] as `images` → the task's outputs and what it makes of them, by name. */
  readonly step: SharedStep;
  readonly task: Task;
  readonly network: TaskNetwork;
  /** What becomes of images in its steps. */
  readonly preprocessing: Preprocessing;
  /** What holds its weights, for further steps. */
  readonly runner: Runner;
  /** Images that it looks at at once. */
  readonly batch: number;
  readonly close: () => void;
}

export interface OpenOptions {
  /** Also builds the heads that were trained beside the backbone. */
  readonly heads?: boolean;
  /** Folds batch norms into convolutions: faster, with other last digits than evaluation within training has. */
  readonly folded?: boolean;
  /** Runs op by op, whatever the run's config says: weights stay in the network's layers, from where it can be saved. */
  readonly eager?: boolean;
  /** Of several workers, this one's place: they share the batches that are measured. */
  readonly cluster?: Cluster | undefined;
}

const openEager = async (): Promise<Runner> => {
  await readyEngine();
  return eagerRunner();
};

/** Loads the engine, and builds the network of a run that was read. */
export const openTrained = async (
  registry: Registry,
  trained: Trained,
  say: Say,
  { heads = false, eager = false, folded = false, cluster }: OpenOptions = {},
): Promise<OpenedNetwork> => {
  const { config } = trained.info;
  const runner = eager
    ? await openEager()
    : await openRunner(engineOfRun(config), say, { inference: folded, cluster });
  const network = await networkOfTrained(registry, runner, trained, heads);
  const preprocessing = preprocessingOf(trained.info);
  const step = runner.step('infer', inferenceStep(network, { task: network.task, ...preprocessing }));
  return {
    step: shareStep(step, sharingOf(runner)),
    task: network.task,
    ...{ network, preprocessing, runner },
    batch: evaluationBatch(network),
    close: () => runner.dispose(),
  };
};
