import type { View } from './augmentation.ts';
import type { BackboneFactory } from './backbone.ts';
import type { Dataset, Preprocessing, Samples } from './dataset.ts';
import type { Evaluator } from './evaluator.ts';
import type { Metric } from './metric.ts';
import type { Objective, TeacherRequest, TeacherSource, Network } from './objective.ts';
import type { ScheduleFactory, Transform } from './optimizer.ts';
import type { EpochOrder } from './sampler.ts';
import type { Task } from './task.ts';

/** Where a stream's batches come from, and in how many views the step sees them. */
export interface StreamSource {
  readonly name: string;
  readonly samples: Samples;
  /** Samples a step. */
  readonly batch: number;
  readonly views: readonly View[];
  readonly labelled: boolean;
}

/** Stages that do not learn for a while: everything from the images up to and including a tap. */
export interface Freeze {
  /** Name of the deepest tap whose stage stays as it is, or `all` for the whole backbone. */
  readonly upTo: string;
  /** Epoch at which it begins, counted from 0. */
  readonly from: number;
  /** Epoch at which it ends; it lasts to the end where absent. */
  readonly until?: number | undefined;
  /** Whether batch norm in these stages normalises by its running averages meanwhile, which stay too. */
  readonly batchNorm: boolean;
}

/**
 * What the backbone's batch norm does in training: `learn` normalises by the batch; `still` by its running averages,
 * which stay, while scale and offset learn; `fixed` leaves these too.
 */
export type BatchNormMode = 'learn' | 'still' | 'fixed';

/** A run, ready to start: everything made, nothing named any more. */
export interface Experiment {
  readonly name: string;
  /** Decides everything random: weights, order, augmentation, dropout. */
  readonly seed: number;
  readonly epochs: number;
  readonly dataset: Dataset;
  /** The first one paces the epochs; the others go round as often as it takes. */
  readonly streams: readonly [StreamSource, ...StreamSource[]];
  /** Order of the first stream's images in an epoch; all of them once, shuffled, where absent. */
  readonly sampler?: EpochOrder;
  /** Whether an epoch's last batch, when it is smaller, is seen. */
  readonly lastBatch: 'keep' | 'drop';
  /** Height and width of the middle that is seen of images outside of training; all of them where absent. */
  readonly inferenceCrop?: readonly [number, number];
  /** What is learned of an image. */
  readonly task: Task;
  readonly backbone: BackboneFactory;
  readonly objectives: readonly Objective[];
  readonly optimizer: Transform;
  readonly schedule: ScheduleFactory;
  readonly metrics: readonly Metric[];
  /** Further numbers; none where absent. */
  readonly evaluators?: readonly Evaluator[];
  /** The split that chooses the best checkpoint; `test` is the official code's way and looks at the test set often. */
  readonly selectOn: 'validation' | 'test';
  readonly teacher: (source: TeacherSource, request: TeacherRequest) => Promise<Network>;
  /**
   * Share of the trained weights' moving average that stays at each update, min(average, 1 − 1/(k + 1)); evaluation and
   * the finished network use the average. None is kept where absent.
   */
  readonly average?: number;
  /** Steps whose gradients are averaged before the weights change; 1 by default. */
  readonly accumulate?: number;
  /** Parts in which a batch goes through the backbone, the gradient being that of the whole batch; 1 by default. */
  readonly microBatches?: number;
  /** Stages that do not learn for a while; all do where absent. */
  readonly freeze?: Freeze;
  /** `learn` where absent. */
  readonly batchNorm?: BatchNormMode;
  /** Whether several workers' batch norm normalises by the batches of all of them; by its own worker's where absent. */
  readonly syncBatchNorm?: boolean;
  /** Epochs without a better validation metric after which the run ends; all are run where absent. */
  readonly patience?: number;
}

/** What becomes of stored images before an experiment's network looks at them outside of training. */
export const preprocessingOf = ({
  dataset: { normalization },
  inferenceCrop: crop,
}: Pick<Experiment, 'dataset' | 'inferenceCrop'>): Preprocessing => ({ normalization, crop });

/** Units of the metrics' and evaluators' numbers that are no fractions, by name. */
export const unitsOf = ({
  metrics,
  evaluators = [],
}: Pick<Experiment, 'metrics' | 'evaluators'>): Readonly<Record<string, string>> =>
  Object.assign({}, ...[...metrics, ...evaluators].map(({ units = {} }) => units)) as Record<string, string>;

/** Numbers that are told only where all are: details of metrics, and what evaluators tell of every tap. */
export const detailsOf = ({
  metrics,
  evaluators = [],
}: Pick<Experiment, 'metrics' | 'evaluators'>): readonly string[] => [
  ...metrics.flatMap(({ details = [] }) => details),
  ...evaluators.flatMap(({ perTap = {} }) => Object.keys(perTap).map((measure) => `/${measure}`)),
];

/** The stream whose labels are learned, where there is one. */
export const learnedStream = ({ streams }: Pick<Experiment, 'streams'>): StreamSource =>
  streams.find(({ labelled }) => labelled) ?? streams[0];

export const stepsPerEpoch = ({
  streams: [first],
  lastBatch,
}: Pick<Experiment, 'streams' | 'lastBatch'>): number =>
  Math.max(
    1,
    lastBatch === 'keep'
      ? Math.ceil(first.samples.length / first.batch)
      : Math.floor(first.samples.length / first.batch),
  );
