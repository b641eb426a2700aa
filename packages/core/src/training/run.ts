import type { Samples } from '../contracts/dataset.ts';
import type { RunEvent, RunResult, SplitMetrics } from '../contracts/events.ts';
import type { NdArray, NdArrays } from '../contracts/arrays.ts';
import type { Network } from '../contracts/objective.ts';
import type { EvaluationRequest, Evaluator } from '../contracts/evaluator.ts';
import type { Runner, Step } from '../contracts/runner.ts';
import { UnderstoryError } from '../errors.ts';
import { readBlackBox, takeBlackBox, type BlackBox } from '../diagnosis/blackBox.ts';
import {
  readCheckpoint,
  restore,
  takeCheckpoint,
  type Checkpoint,
  type CheckpointStore,
  type Origin,
  type Progress,
  type Resumable,
} from './checkpoint.ts';
import { evaluationBatch, infer, measure } from './evaluate.ts';
import { learnedStream, type Experiment } from '../contracts/experiment.ts';
import { networkVariables, type NamedVariables, type TrainingNetwork } from './network.ts';
import { partOf, type Named } from '../named.ts';
import { AVERAGE } from './optimizerState.ts';
import { checkpointPlace } from './resume.ts';
import { underWay } from './agreement/underWay.ts';
import type { Crew } from './workers/crew.ts';
import { restoreFromFirst } from './workers/restoreFromFirst.ts';
import type { DisposableSharing, SharedStep } from './workers/shared.ts';
import type { Speeds } from './workers/speeds.ts';

export interface TrainingOptions {
  readonly runner: Runner;
  /** Where checkpoints go; none are written without one. */
  readonly store?: CheckpointStore;
  /** Go on from a checkpoint: `true` for the last one. A store that has none at all begins a run. */
  readonly resume?: boolean | Resumable;
  /** Ends the run after the step in flight, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Steps between checkpoints inside an epoch; 0 for the epochs' ends alone. */
  readonly checkpointEvery?: number;
  /** What must be the same on all workers, beside data and weights, in words: their config, their version. */
  readonly agreed?: Named<string>;
  /** What is written into the black box of a step that fails, for the program that replays it. */
  readonly description?: () => string;
}

/** A run under way: what it is made of, and how far it is. */
export interface Run {
  readonly experiment: Experiment;
  readonly options: TrainingOptions;
  readonly network: TrainingNetwork;
  /** Networks that objectives learn from, in the order in which they were loaded. */
  readonly teachers: readonly Network[];
  readonly variables: NamedVariables;
  /** The optimizer's part of them. */
  readonly state: NamedVariables;
  /** All of them, to be disposed of. */
  readonly steps: readonly Step[];
  /** The step of an epoch. */
  readonly training: (epoch: number) => Step;
  readonly inference: Step;
  /** The same, whose batches all workers share; where one process trains, it itself. */
  readonly measuring: SharedStep;
  /** The step that compares gradients of the loss's terms, of an epoch: see `TrainingUnderWay.agreement`. */
  readonly comparing: (epoch: number) => Step;
  /** The step that tells the gradients of the loss, of an epoch. */
  readonly gradients: (epoch: number) => Step;
  readonly perEpoch: number;
  /** What checkpoints say of the data and the order of its images; absent where none are kept. */
  readonly origin?: Origin;
  /** Of a resumed run: what differs from the data that it began with, in words. */
  readonly changed: readonly string[];
  /** The workers that train together; absent where one process trains. */
  readonly crew?: Crew;
  /** How fast they are. */
  readonly speeds?: Speeds;
  /** How they share what is no step of training. */
  readonly sharing?: DisposableSharing;
  progress: Progress;
  /** Whether a worker wants to stop, and all do so after the step in which it said so. */
  stopped: boolean;
  /** Of workers after the first: whether that one says that the run has ended. */
  ended: boolean;
}

/** Whether this process keeps the run's files: it is alone, or the first worker. */
export const isFirst = ({ crew }: Pick<Run, 'crew'>): boolean => (crew?.rank ?? 0) === 0;

export const scalar = (array: NdArray): number => array.data[0]!;

/** Metrics of the present weights on a split; all workers take part, and have the same. */
export const evaluateOn = async (
  run: Run,
  samples: Samples,
  at: Evaluator['when'],
): Promise<Record<string, number>> => {
  const { experiment, network, measuring } = run;
  if (samples.length === 0) return {};
  const { metrics, dataset, evaluators = [] } = experiment;
  const batch = evaluationBatch(network);
  const values = await measure(measuring, samples, metrics, { batch, classes: dataset.classes });
  const request: EvaluationRequest = {
    ...{ dataset, samples, learned: learnedStream(experiment).samples },
    taps: network.backbone.taps.map(({ name }) => name),
    infer: (some, outputs, positions) =>
      infer(measuring, some, { batch, outputs, ...(positions && { positions }) }),
    training: underWay({ ...run, step: run.progress.step }, at),
  };
  for (const evaluator of evaluators) {
    if (evaluator.when === 'end' && at === 'epoch') continue;
    Object.assign(values, await evaluator.evaluate(request));
  }
  return values;
};

/** Saves a checkpoint and tells of it; of several workers the first one does. */
export const save = async (run: Run, name: 'last' | 'best'): Promise<RunEvent[]> => {
  const { store, runner } = run.options;
  if (!store || !isFirst(run)) return [];
  await store.save(name, await takeCheckpoint(runner, run.variables, run.progress, run.origin));
  return [{ type: 'checkpoint', name, step: run.progress.step }];
};

const onBothSplits = async (run: Run): Promise<SplitMetrics> => ({
  validation: await evaluateOn(run, run.experiment.dataset.validation, 'end'),
  test: await evaluateOn(run, run.experiment.dataset.test, 'end'),
});

/** Writes down the step that failed, its weights as they were before it, and keeps it where there is a store. */
export const keepBlackBox = async (run: Run, inputs: NdArrays): Promise<BlackBox> => {
  const { store, runner, description = () => '' } = run.options;
  const { experiment, variables, teachers, progress } = run;
  const failed = { experiment, variables, teachers, inputs, step: progress.step, description: description() };
  const bytes = await takeBlackBox(runner, failed);
  await store?.save('black-box', [bytes]);
  return readBlackBox(bytes, 'the black box');
};

/** Puts the weights' moving average into the network, where there is one. */
const settle = async ({ options: { runner }, network, state }: Run): Promise<void> => {
  const averages = partOf(state, AVERAGE);
  const names = Object.keys(averages);
  const weights = networkVariables(network, true);
  await runner.write(
    names.map((name) => weights[name]!),
    await runner.read(names.map((name) => averages[name]!)),
  );
};

/** The best weights, where they were kept; of a run that has no best epoch there are none. */
const bestOf = async ({ options: { store }, progress }: Run): Promise<Checkpoint | undefined> => {
  if (!store || progress.bestEpoch < 0) return undefined;
  const place = checkpointPlace(store, 'best');
  const bytes = await store.load('best');
  if (bytes) return readCheckpoint(bytes, place);
  throw new UnderstoryError(
    'checkpoint',
    `${place} is gone, which held the weights of epoch ${progress.bestEpoch + 1}. The last weights are kept beside it.`,
  );
};

/**
 * Looks at the test set, once for the last and once for the best weights, and leaves the best in the network. All workers take
 * part; the first one has the checkpoint.
 */
export const conclude = async (run: Run): Promise<RunResult> => {
  const last = await onBothSplits(run);
  const found = isFirst(run) ? await bestOf(run) : undefined;
  if (found) await restore(run.options.runner, run.variables, found.tensors);
  const { bestEpoch } = found?.progress ?? run.progress;
  const lastEpoch = run.progress.step / run.perEpoch - 1;
  const isOther = await restoreFromFirst(run, found !== undefined && bestEpoch !== lastEpoch);
  const best = isOther ? await onBothSplits(run) : last;
  await settle(run);
  return { selectOn: run.experiment.selectOn, bestEpoch, last, best };
};
