import { buildExperiment, type ExperimentConfig, type Locate } from '@understory/config';
import { timeSteps, type Experiment, type Registry, type Runner } from '@understory/core';
import { compiledRunner, precisionsHere, type Choice } from '@understory/engine';
import { defaultViews } from '@understory/recipes/experiments';
import type { Say } from '../listeners.ts';
import { teacherLoader } from '../load/loadTeacher.ts';
import { choose, contenders, MOST_ROUNDS } from './contenders.ts';

export interface MeasureRequest {
  readonly config: ExperimentConfig;
  readonly registry: Registry;
  /** Where the config's relative paths count from. */
  readonly folder: string;
  readonly locate?: Locate;
  readonly say: Say;
}

/** Images of a measured step: few, so that all precisions have room at once. */
export const MEASURED_IMAGES = 16;

/** The config with small steps, and without what happens between them. */
const small = (config: ExperimentConfig): ExperimentConfig => ({
  ...config,
  ...{ batch: Math.min(config.batch, MEASURED_IMAGES), microBatches: 1, accumulate: 1, checkpointEvery: 0 },
  ...{ evaluators: [], reporters: [] },
  ...(config.unlabelled && {
    unlabelled: { ...config.unlabelled, batch: Math.min(config.unlabelled.batch, MEASURED_IMAGES) },
  }),
});

const cpuTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/**
 * Trains a few steps of a config in each precision, in turn, and chooses the fastest: by CPU time, or the clock where a GPU does
 * the work. Nothing of it is kept but the times.
 */
export const measurePrecision = async (
  { config, registry, folder, locate, say }: MeasureRequest,
  gpu: boolean,
): Promise<Choice> => {
  const precisions = precisionsHere();
  const runners = precisions.map((precision) => compiledRunner({ precision }));
  const opened: Experiment['dataset'][] = [];
  const prepare = async (runner: Runner): Promise<Experiment> => {
    const experiment = await buildExperiment(registry, small(config), {
      defaultViews: defaultViews(),
      teacher: teacherLoader(registry, runner, { folder, say }),
      ...(locate && { locate }),
      ...(opened[0] && { dataset: opened[0] }),
    });
    opened.push(experiment.dataset);
    return experiment;
  };
  try {
    const clock = gpu ? () => performance.now() : cpuTime;
    const measured = await timeSteps(prepare, runners, { rounds: MOST_ROUNDS, goOn: contenders, clock });
    return choose(precisions, measured);
  } finally {
    for (const runner of runners) runner.dispose();
    await opened[0]?.close?.();
  }
};
