import {
  AUGMENTATION,
  BACKBONE,
  DATASET,
  labelledShare,
  METRIC,
  OBJECTIVE,
  OPTIMIZER,
  SCHEDULE,
  seedOf,
  UnderstoryError,
  type Dataset,
  type Experiment,
  type Network,
  type Objective,
  type Registry,
  type Samples,
  type Spec,
  type StreamSource,
  type TeacherSource,
  type View,
} from '@understory/core';
import type { ExperimentConfig } from './schema.ts';

/** Views that an objective needs where the config names none. */
const viewsWanted = (objectives: readonly Objective[]): number =>
  Math.max(1, ...objectives.map((o) => o.views ?? 1));

const only = (samples: Samples, positions: Int32Array): Samples => ({
  length: positions.length,
  size: samples.size,
  labels: positions.map((p) => samples.labels[p]!),
  read: (wanted) => samples.read(Int32Array.from(wanted, (w) => positions[w]!)),
  describe: (position) => samples.describe(positions[position]!),
});

const makeStreams = (
  config: ExperimentConfig,
  train: Samples,
  makeViews: (specs: readonly (readonly Spec[])[] | undefined) => readonly View[],
): readonly [StreamSource, ...StreamSource[]] => {
  const views = makeViews(config.views);
  const { unlabelled, batch, seed } = config;
  if (!unlabelled) return [{ name: 'train', samples: train, batch, views, labelled: true }];
  const labelled = labelledShare(train.labels, unlabelled.labelled, seedOf(seed).at('labelled'));
  const otherViews = unlabelled.views ? makeViews(unlabelled.views) : views;
  return [
    { name: 'labelled', samples: only(train, labelled), batch, views, labelled: true },
    { name: 'unlabelled', samples: train, batch: unlabelled.batch, views: otherViews, labelled: false },
  ];
};

export interface CompileOptions {
  /** Views where the config names none: as many of these as the objectives need. */
  readonly defaultViews?: readonly (readonly Spec[])[];
  /** Gives the opened dataset to several runs, instead of opening it once for each. */
  readonly dataset?: Dataset;
  readonly progress?: (done: number, total: number, what: string) => void;
  readonly teacher?: (source: TeacherSource) => Promise<Network>;
}

/** Makes everything that a config names: the last place where names are looked up. */
export const compileExperiment = async (
  registry: Registry,
  config: ExperimentConfig,
  { defaultViews = [[], []], dataset, progress, teacher }: CompileOptions = {},
): Promise<Experiment> => {
  const objectives = config.objectives.map((spec) => registry.make(OBJECTIVE, spec));
  const makeViews = (
    specs: readonly (readonly Spec[])[] = defaultViews.slice(0, viewsWanted(objectives)),
  ): View[] => specs.map((view) => view.map((spec) => registry.make(AUGMENTATION, spec)));
  // Everything cheap is made before the dataset opens, so that a misspelt name costs no waiting.
  makeViews(config.views);
  const made = {
    backbone: registry.make(BACKBONE, config.backbone),
    optimizer: registry.make(OPTIMIZER, config.optimizer),
    schedule: registry.make(SCHEDULE, config.schedule),
    metrics: config.metrics.map((spec) => registry.make(METRIC, spec)),
  };
  const open = registry.make(DATASET, config.dataset);
  const opened =
    dataset ?? (await open({ seed: seedOf(config.seed).at('dataset'), ...(progress && { progress }) }));
  const { name, seed, epochs, lastBatch, selectOn, accumulate, microBatches, average, patience } = config;
  return {
    ...made,
    ...{ name, seed, epochs, lastBatch, selectOn, objectives, accumulate, microBatches },
    ...(average !== undefined && { average }),
    ...(patience !== undefined && { patience }),
    dataset: opened,
    streams: makeStreams(config, opened.train, makeViews),
    teacher:
      teacher ??
      (() =>
        Promise.reject(
          new UnderstoryError('teacher', 'Teachers are loaded by the program that trains; none was given.'),
        )),
  };
};
