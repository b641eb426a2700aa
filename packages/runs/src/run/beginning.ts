import path from 'node:path';
import type { ExperimentConfig } from '@understory/config';
import { checkpointPlace, type Experiment } from '@understory/core';
import { withNetworkWeights } from '@understory/interop';
import { openRun } from '@understory/tracking/node';
import type { Say } from '../listeners.ts';
import { classesOfFile, compareClassifier } from '../load/compareClasses.ts';

export interface BeginningRequest {
  readonly config: ExperimentConfig;
  /** Where the config's relative paths count from. */
  readonly folder: string;
  readonly say: Say;
}

/** The file that holds the weights that a config begins with: one that it names, or a run's best. */
const weightsFile = async (
  { file, run }: NonNullable<ExperimentConfig['weights']>,
  folder: string,
): Promise<string> => {
  if (run === undefined) return path.resolve(folder, file ?? '');
  const { checkpoints } = await openRun(path.resolve(folder, run));
  return checkpointPlace(checkpoints, 'best');
};

/** How a config's backbone, and what its task puts on it, is made to begin with a file's weights; undefined where it names none. */
export const beginning = async ({
  config,
  folder,
  say,
}: BeginningRequest): Promise<((e: Experiment) => Experiment) | undefined> => {
  if (!config.weights) return undefined;
  const { names, prefix } = config.weights;
  const at = await weightsFile(config.weights, folder);
  const { readWeights } = await import('@understory/interop/node');
  const weights = await readWeights(at);
  const options = {
    ...{ file: at, say },
    ...(names !== undefined && { names }),
    ...(prefix !== undefined && { prefix }),
  };
  return (experiment) => {
    compareClassifier(classesOfFile(weights.metadata), experiment.dataset.classes, say);
    return withNetworkWeights(experiment, weights, options);
  };
};
