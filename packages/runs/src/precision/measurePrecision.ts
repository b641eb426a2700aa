import { buildExperiment, type ExperimentConfig, type Locate } from '@understory/config';
import { timeSteps, type Experiment, type Registry, type Runner } from '@understory/core';
import { compiledRunner, precisionsHere, type Choice, type Precision } from '@understory/engine';
import { defaultViews } from '@understory/recipes/experiments';
import type { Say } from '../listeners.ts';
import { teacherLoader } from '../load/loadTeacher.ts';

export interface MeasureRequest {
  readonly config: ExperimentConfig;
  readonly registry: Registry;
  readonly locate?: Locate;
  readonly say: Say;
}

/** Images of a measured step: few, so that all precisions have room at once. */
export const MEASURED_IMAGES = 16;
const ROUNDS = 4;

/** Another precision than float32 must spare this share of its time: less is not worth the digits, nor beyond chance. */
const WORTH = 0.02;

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

const fastest = (precisions: readonly Precision[], times: readonly number[]): Precision => {
  const [reference = Infinity] = times;
  const best = times.reduce((least, time, i) => (time < (times[least] ?? Infinity) ? i : least), 0);
  return (times[best] ?? Infinity) < (1 - WORTH) * reference ? (precisions[best] ?? 'float32') : 'float32';
};

/**
 * Trains a few steps of a config in each precision, in turn, and chooses the fastest: by CPU time, or the clock where a GPU does
 * the work. Nothing of it is kept but the times.
 */
export const measurePrecision = async (
  { config, registry, locate, say }: MeasureRequest,
  gpu: boolean,
): Promise<Choice> => {
  const precisions = precisionsHere();
  const runners = precisions.map((precision) => compiledRunner({ precision }));
  const opened: Experiment['dataset'][] = [];
  const prepare = async (runner: Runner): Promise<Experiment> => {
    const experiment = await buildExperiment(registry, small(config), {
      defaultViews: defaultViews(),
      teacher: teacherLoader(registry, runner, { say }),
      ...(locate && { locate }),
      ...(opened[0] && { dataset: opened[0] }),
    });
    opened.push(experiment.dataset);
    return experiment;
  };
  try {
    const clock = gpu ? () => performance.now() : cpuTime;
    const times = await timeSteps(prepare, runners, { rounds: ROUNDS, clock });
    const milliseconds = Object.fromEntries(precisions.map((name, i) => [name, times[i] ?? NaN]));
    return { chosen: fastest(precisions, times), milliseconds };
  } finally {
    for (const runner of runners) runner.dispose();
    await opened[0]?.close?.();
  }
};
