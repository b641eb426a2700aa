import { add, randomNormal, tidy } from '@tensorflow/tfjs-core';
import {
  buildExperiment,
  parseConfig,
  type ExperimentConfig,
  type ExperimentInput,
} from '@understory/config';
import {
  buildNetwork,
  prepareTraining,
  type Dataset,
  type Experiment,
  type Network,
  type Registry,
  type Runner,
  type StepEvent,
} from '@understory/core';
import { tables } from '../tables/index.ts';
import { rowOf, type Row, type Table } from '../tables/table.ts';
import type { writeTableData } from './tableData.test.support.ts';

type Places = ReturnType<typeof writeTableData>;

/** Where a table's data lies among the miniatures. */
const dataOf = (name: string, places: Places): string => {
  if (name.startsWith('fine-grained')) return places.fine;
  if (name.startsWith('detection')) return places.coco;
  if (['imagenet', 'distillation', 'pretraining'].includes(name)) return places.imagenet;
  return /cifar100|calibration/.test(name) ? places.cifar100 : places.cifar10;
};

/** Every table at paper scale, on miniatures of its data. */
export const paperTables = (places: Places): readonly Table[] =>
  Object.entries(tables).map(([name, make]) =>
    make({ scale: 'paper', data: dataOf(name, places), pretrain: places.imagenet }),
  );

/** A row's config, as if what it builds on lay in `runs`. */
export const inputOf = ({ config }: Row): ExperimentInput =>
  structuredClone(typeof config === 'function' ? config((key) => `runs/${key}`) : config);

const datasets = new Map<string, Promise<Dataset>>();

/** Builds a row's experiment; each dataset is opened once. */
export const experimentOf = async (
  registry: Registry,
  config: ExperimentConfig,
  teacher?: Experiment['teacher'],
): Promise<Experiment> => {
  const key = JSON.stringify(config.dataset);
  const known = await datasets.get(key);
  const experiment = await buildExperiment(registry, config, {
    ...(known && { dataset: known }),
    ...(teacher && { teacher }),
    say: () => undefined,
  });
  datasets.set(key, Promise.resolve(experiment.dataset));
  return experiment;
};

/** Lets fresh batch norms know what maps are like: by averages of 0 and 1, maps of a deep network grow beyond all bounds. */
const settle = ({ backbone: { model } }: Network): void =>
  tidy(() => {
    const pixels = model.inputs.flatMap(({ shape: [, ...rest] }) => rest.map((length) => length ?? 32));
    const pictures = add(
      randomNormal([2, ...pixels], 0, 0.5, 'float32', 0),
      randomNormal([2, 1, 1, 3], 0, 1, 'float32', 1),
    ); // smooth, as photographs are
    for (let pass = 0; pass < 12; pass++) tidy(() => void model.apply(pictures, { training: true }));
  });

/** The network of the row that a row builds on, with fresh weights: its teacher. */
const teacherOf =
  (registry: Registry, table: Table, { after }: Row, small: (config: ExperimentConfig) => ExperimentConfig) =>
  async (): Promise<Network> => {
    const config = small(parseConfig(inputOf(rowOf(table, after ?? ''))));
    const network = await buildNetwork(await experimentOf(registry, config));
    settle(network);
    return network;
  };

export interface ThreeSteps {
  readonly registry: Registry;
  readonly runner: Runner;
  /** Images a step, in place of the paper's batch. */
  readonly batch: number;
  /** Height and width of photographs in pixels; the paper's where absent. */
  readonly side?: number;
}

type Views = NonNullable<ExperimentConfig['views']>;

/** Views whose crops are of another size. */
const viewsOf = (views: Views, side: number): Views =>
  views.map((view) =>
    view.map((spec) => {
      const [name, options] = typeof spec === 'string' ? [spec, {}] : spec;
      return /crop/.test(name) && 'size' in (options as object)
        ? [name, { ...(options as object), size: side }]
        : spec;
    }),
  );

/** A dataset of photographs at another size. */
const datasetOf = ({ dataset, task }: ExperimentConfig, side: number): ExperimentConfig['dataset'] => {
  const [name, options] = typeof dataset === 'string' ? [dataset, {}] : dataset;
  if (!('size' in (options as object))) return dataset;
  return [name, { ...(options as object), size: task === 'classification' ? [side + 8, side + 8] : side }];
};

/** A schedule for a batch of another size: its rates in proportion (Goyal et al. 2017, section 2.1). */
const scheduleOf = ({ batch, schedule }: ExperimentConfig, smaller: number): ExperimentConfig['schedule'] => {
  if (typeof schedule === 'string') return schedule;
  const [name, options] = schedule;
  const scaled = Object.entries(options).map(([key, value]) =>
    (key === 'rate' || key === 'final') && typeof value === 'number'
      ? [key, (value * smaller) / batch]
      : [key, value],
  );
  return [name, Object.fromEntries(scaled) as typeof options];
};

/** A config with batches, and pictures, that a test has room for. */
export const smaller =
  ({ batch, side }: Pick<ThreeSteps, 'batch' | 'side'>) =>
  (config: ExperimentConfig): ExperimentConfig => {
    const { unlabelled, views } = config;
    return {
      ...config,
      batch,
      schedule: scheduleOf(config, batch),
      lastBatch: 'drop',
      ...(unlabelled && {
        unlabelled: { ...unlabelled, labelled: 0.9, batch: Math.min(batch, unlabelled.batch) },
      }),
      // Weights that a row begins with are fresh here, and have no running averages to stand still at.
      ...(config.weights && { batchNorm: 'learn' as const }),
      ...(side !== undefined && { dataset: datasetOf(config, side) }),
      ...(side !== undefined && views && { views: viewsOf(views, side) }),
      ...(side !== undefined && config.inferenceCrop && { inferenceCrop: [side, side] as [number, number] }),
    };
  };

/** Trains three steps of a row as it is, but for the size of its batch. */
export const threeSteps = async (
  table: Table,
  row: Row,
  { registry, runner, ...size }: ThreeSteps,
): Promise<readonly StepEvent[]> => {
  const small = smaller(size);
  const config = small(parseConfig(inputOf(row)));
  const experiment = await experimentOf(registry, config, teacherOf(registry, table, row, small));
  const training = await prepareTraining(experiment, { runner });
  const events: StepEvent[] = [];
  try {
    for await (const event of training.events()) {
      if (event.type === 'step') events.push(event);
      if (events.length === 3) break;
    }
  } finally {
    training.dispose();
  }
  return events;
};
