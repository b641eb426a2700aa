import path from 'node:path';
import { compileExperiment, type ExperimentConfig, type Place } from '@understory/config';
import {
  follow,
  prepareTraining,
  type Dataset,
  type DoneEvent,
  type Experiment,
  type Registry,
  type Reporter,
  type Runner,
  type StartEvent,
  type Training,
} from '@understory/core';
import { backboneTensors, readWeights, withWeights } from '@understory/interop';
import { defaultViews } from '@understory/recipes';
import {
  claimRun,
  metricsReporter,
  openRun,
  runFolder,
  tensorboardReporter,
  type Run,
} from '@understory/tracking';
import { teacherLoader } from './loadTeacher.ts';
import { boxDescription, describeRun, type RunInfo } from './runInfo.ts';

export interface RunRequest {
  readonly registry: Registry;
  readonly runner: Runner;
  readonly config: ExperimentConfig;
  /** Where the config's relative paths count from. */
  readonly folder: string;
  /** Where its keys stand, for errors. */
  readonly place?: Place;
  /** Where run folders are made. */
  readonly runs: string;
  /** Go on with this run instead of making a new folder. */
  readonly resume?: string;
  readonly reporters: readonly Reporter[];
  readonly dataset?: Dataset;
  readonly signal?: AbortSignal;
  /** Told a line that the user should read; standard error where nothing is said. */
  readonly say?: (line: string) => void;
  readonly onProgress?: (done: number, total: number, what: string) => void;
}

export interface FinishedRun {
  readonly run: Run;
  readonly experiment: Experiment;
  readonly training: Training;
  readonly start: StartEvent;
  readonly done: DoneEvent;
}

/** How a config's backbone is made to begin with a file's weights. A resumed run has weights of its own. */
const beginning = async ({
  config,
  folder,
  resume,
  say,
}: RunRequest): Promise<(e: Experiment) => Experiment> => {
  if (!config.weights || resume !== undefined) return (experiment) => experiment;
  const { file, names, prefix } = config.weights;
  const at = path.resolve(folder, file);
  const weights = await readWeights(at);
  const tensors = backboneTensors(weights);
  const options = {
    file: at,
    leftOut: weights.leftOut,
    say: say ?? ((line: string) => void process.stderr.write(`${line}\n`)),
    ...(names !== undefined && { names }),
    ...(prefix !== undefined && { prefix }),
  };
  return (experiment) => ({ ...experiment, backbone: withWeights(experiment.backbone, tensors, options) });
};

/** Trains a config in a run folder of its own. The caller disposes of `training` when it needs the network no more. */
export const runExperiment = async (request: RunRequest): Promise<FinishedRun> => {
  const { registry, runner, config, folder, runs, resume, dataset, signal, onProgress } = request;
  const begin = await beginning(request);
  const teachers: Record<string, RunInfo> = {};
  const compiled = await compileExperiment(registry, config, {
    defaultViews: defaultViews(),
    teacher: teacherLoader(registry, runner, (name, about) => (teachers[name] = about)),
    ...(dataset && { dataset }),
    ...(request.place && { place: request.place }),
    ...(onProgress && { progress: onProgress }),
  });
  const experiment = begin(compiled);
  const info = describeRun(config, folder, experiment.dataset);
  const run = resume === undefined ? await runFolder(runs, config.name, info) : await openRun(resume);
  const release = await claimRun(run.folder);
  try {
    const training = await prepareTraining(experiment, {
      runner,
      store: run.checkpoints,
      resume: resume !== undefined,
      checkpointEvery: config.checkpointEvery,
      description: () => boxDescription(info, teachers),
      ...(signal && { signal }),
    });
    const reporters = [
      metricsReporter({ file: run.files.metrics }),
      tensorboardReporter({ folder: run.files.tensorboard }),
      ...request.reporters,
    ];
    return { run, experiment, training, ...(await follow(training, reporters)) };
  } finally {
    await release();
  }
};
