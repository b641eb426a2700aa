import {
  AUGMENTATION,
  BACKBONE,
  checkInferenceCrop,
  checkViews,
  DATA,
  DATASET,
  describeData,
  EVALUATOR,
  labelledShare,
  LOG,
  METRIC,
  OBJECTIVE,
  OPTIMIZER,
  pickSamples,
  provide,
  SAMPLER,
  SCHEDULE,
  SEED,
  seedOf,
  TASK,
  UnderstoryError,
  type Dataset,
  type EpochOrder,
  type Evaluator,
  type Experiment,
  type Registry,
  type Sampler,
  type Samples,
  type Spec,
  type StreamSource,
  type View,
} from '@understory/core';
import { checkAmounts } from './amounts.ts';
import type { Locate } from './locate.ts';
import type { ExperimentConfig } from './schema.ts';
import { planStreams, type PlannedStream, type ViewSets } from './views.ts';

/** The training images whose labels a run learns: all, or the share of them that its config names. */
export const labelledSamples = (
  train: Samples,
  { unlabelled, seed }: Pick<ExperimentConfig, 'unlabelled' | 'seed'>,
): Samples => {
  if (!unlabelled) return train;
  // Images without a class each are one group, from which a share is drawn at random.
  const groups = train.groups ?? new Int32Array(train.length);
  return pickSamples(train, labelledShare(groups, unlabelled.labelled, seedOf(seed).at('labelled')));
};

/** Opens planned streams: the labelled share of the images for the one, all of them for the other. */
const openStreams = (
  planned: ReturnType<typeof planStreams>,
  train: Samples,
  config: ExperimentConfig,
  makeView: (specs: readonly Spec[]) => View,
): readonly [StreamSource, ...StreamSource[]] => {
  const open = ({ views, ...stream }: PlannedStream): StreamSource => ({
    ...stream,
    samples: stream.labelled ? labelledSamples(train, config) : train,
    views: views.map(makeView),
  });
  const [first, ...others] = planned;
  return [open(first), ...others.map(open)];
};

export interface ExperimentOptions {
  /** Views where the config names none: as many of these as the objectives need. */
  readonly defaultViews?: ViewSets;
  /** Gives the opened dataset to several runs, instead of opening it once for each. */
  readonly dataset?: Dataset;
  /** What is done to the opened dataset before its streams are made. */
  readonly prepare?: (dataset: Dataset) => Promise<Dataset>;
  readonly progress?: (done: number, total: number, what: string) => void;
  readonly teacher?: Experiment['teacher'];
  /** Told a line that the user should read; a warning of the console where nothing is said. */
  readonly say?: (line: string) => void;
  /** Where the config's keys stand, for errors that only the opened dataset can tell. */
  readonly locate?: Locate;
}

const noTeacher: Experiment['teacher'] = () =>
  Promise.reject(
    new UnderstoryError('teacher', 'Teachers are loaded by the program that trains; none was given.'),
  );

/** What cannot be done to pictures of this size; the config's key is named where its place is known. */
const checkAt = (key: keyof ExperimentConfig, locate: Locate | undefined, check: () => void): void => {
  try {
    check();
  } catch (error) {
    if (!(error instanceof UnderstoryError) || !locate) throw error;
    throw new UnderstoryError(error.code, `${locate([key])}: ${error.message}`, { cause: error });
  }
};

const samplerOf = (make: Sampler, { length, groups, shards }: Samples, { classes }: Dataset): EpochOrder =>
  make({ length, classes, ...(groups && { groups }), ...(shards && { shards }) });

const evaluatorsOf = (
  registry: Registry,
  config: ExperimentConfig,
  data: Pick<Experiment, 'dataset' | 'streams'>,
): readonly Evaluator[] => {
  const informed = registry.provide([provide(DATA, describeData(data))]);
  return config.evaluators.map((spec) => informed.make(EVALUATOR, spec));
};

/** Closes a dataset where making something of it fails: nobody else will. */
const closing = async <T>(dataset: Dataset | undefined, make: () => T): Promise<T> => {
  try {
    return make();
  } catch (error) {
    await dataset?.close?.();
    throw error;
  }
};

/** What a config names beside its data: cheap to make, so that a misspelt name costs no waiting. */
const makeParts = (registry: Registry, config: ExperimentConfig) => ({
  objectives: config.objectives.map((spec) => registry.make(OBJECTIVE, spec)),
  task: registry.make(TASK, config.task),
  backbone: registry.make(BACKBONE, config.backbone),
  optimizer: registry.make(OPTIMIZER, config.optimizer),
  schedule: registry.make(SCHEDULE, config.schedule),
  metrics: config.metrics.map((spec) => registry.make(METRIC, spec)),
});

/** What a config says in numbers and words of its own. */
const settingsOf = (config: ExperimentConfig) => {
  const { name, seed, epochs, lastBatch, selectOn, accumulate, microBatches } = config;
  const { average, patience, freeze, batchNorm, syncBatchNorm, inferenceCrop } = config;
  return {
    ...{ name, seed, epochs, lastBatch, selectOn, accumulate, microBatches },
    ...{ batchNorm, syncBatchNorm },
    ...(average !== undefined && { average }),
    ...(patience !== undefined && { patience }),
    ...(freeze && { freeze }),
    ...(inferenceCrop && { inferenceCrop }),
  };
};

/** The registry of a run: what its plugins are handed beside their options. */
const forRun = (plugins: Registry, { seed }: ExperimentConfig, { say = console.warn }: ExperimentOptions) =>
  plugins.provide([provide(LOG, (line: string) => say(line)), provide(SEED, seedOf(seed))]);

/** Opens the dataset that a config names, as a run of it does. */
export const openDataset = async (
  plugins: Registry,
  config: ExperimentConfig,
  options: Pick<ExperimentOptions, 'say' | 'progress'> = {},
): Promise<Dataset> => {
  const { progress } = options;
  const open = forRun(plugins, config, options).make(DATASET, config.dataset);
  return open({ seed: seedOf(config.seed).at('dataset'), ...(progress && { progress }) });
};

/** Makes everything that a config names: the last place where names are looked up. */
export const buildExperiment = async (
  plugins: Registry,
  config: ExperimentConfig,
  options: ExperimentOptions = {},
): Promise<Experiment> => {
  const { defaultViews = { default: [[], []] }, teacher, locate } = options;
  const registry = forRun(plugins, config, options);
  const parts = makeParts(registry, config);
  const makeView = (specs: readonly Spec[]): View => specs.map((spec) => registry.make(AUGMENTATION, spec));
  const planned = planStreams(config, parts.objectives, defaultViews);
  for (const { views } of planned) views.forEach(makeView);
  const sampler = registry.make(SAMPLER, config.sampler);
  registry.make(DATASET, config.dataset);
  const source = options.dataset ?? (await openDataset(plugins, config, options));
  const dataset = options.prepare ? await options.prepare(source) : source;
  return closing(options.dataset ? undefined : dataset, () => {
    const streams = openStreams(planned, dataset.train, config, makeView);
    const settings = { ...settingsOf(config), dataset, streams };
    checkAt('views', locate, () => checkViews(settings));
    checkAt('inferenceCrop', locate, () => checkInferenceCrop(settings));
    checkAmounts(streams, config, locate);
    return {
      ...parts,
      ...settings,
      evaluators: evaluatorsOf(registry, config, { dataset, streams }),
      sampler: samplerOf(sampler, streams[0].samples, dataset),
      teacher: teacher ?? noTeacher,
    };
  });
};
