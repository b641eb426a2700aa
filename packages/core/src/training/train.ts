import type { Samples } from '../contracts/dataset.ts';
import type { NdArray } from '../contracts/arrays.ts';
import type { RunEvent, RunResult, SplitMetrics, StepEvent } from '../contracts/events.ts';
import type { Runner, Step } from '../contracts/runner.ts';
import { UnderstoryError } from '../errors.ts';
import { seedOf } from '../random.ts';
import { assemble, orders } from './batches.ts';
import {
  readCheckpoint,
  restore,
  takeCheckpoint,
  type CheckpointStore,
  type Progress,
} from './checkpoint.ts';
import { measure, predict } from './evaluate.ts';
import { stepsPerEpoch, type Experiment } from './experiment.ts';
import {
  disposeNetwork,
  buildNetwork,
  networkVariables,
  parameterCount,
  type NamedVariables,
  type TrainingNetwork,
} from './network.ts';
import { inferenceStep, optimizerState, trainingStep } from './step.ts';

export interface TrainingOptions {
  readonly runner: Runner;
  /** Where checkpoints go; none are written without one. */
  readonly store?: CheckpointStore;
  /** Go on from the last checkpoint, where there is one. */
  readonly resume?: boolean;
  /** Ends the run after the step in flight, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Steps between checkpoints inside an epoch; 0 for the epochs' ends alone. */
  readonly checkpointEvery?: number;
}

/** A run that is set up. Its events are produced as they are read: reading them is what trains. */
export interface Training {
  readonly network: TrainingNetwork;
  /** Images in, logits and features out, in inference mode. */
  readonly inference: Step;
  events(): AsyncGenerator<RunEvent, void, undefined>;
  dispose(): void;
}

interface Run {
  readonly experiment: Experiment;
  readonly options: TrainingOptions;
  readonly network: TrainingNetwork;
  readonly variables: NamedVariables;
  readonly training: Step;
  readonly inference: Step;
  readonly perEpoch: number;
  progress: Progress;
}

const EVALUATION_BATCH = 128;

const scalar = (array: NdArray): number => array.data[0]!;

const evaluateOn = async (
  { experiment, inference }: Run,
  samples: Samples,
): Promise<Record<string, number>> => {
  if (samples.length === 0) return {};
  return measure(experiment.metrics, await predict(inference, samples, { batch: EVALUATION_BATCH }));
};

const save = async (run: Run, name: 'last' | 'best'): Promise<RunEvent[]> => {
  const { store, runner } = run.options;
  if (!store) return [];
  await store.save(name, await takeCheckpoint(runner, run.variables, run.progress));
  return [{ type: 'checkpoint', name, step: run.progress.step }];
};

const refuseNonFinite = (loss: number, terms: Readonly<Record<string, number>>, step: number): void => {
  if (Number.isFinite(loss)) return;
  const bad = Object.entries(terms).filter(([, v]) => !Number.isFinite(v));
  const names = (bad.length > 0 ? bad : Object.entries(terms)).map(([n, v]) => `${n} = ${v}`).join(', ');
  const cure = 'Lower the learning rate, or add a warm-up; the last checkpoint is whole.';
  throw new UnderstoryError('not-finite', `The loss became ${loss} at step ${step} (${names}). ${cure}`);
};

const addTo = (
  sums: Readonly<Record<string, number>>,
  values: Readonly<Record<string, number>>,
): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, (sums[name] ?? 0) + value]));

/** Runs steps up to the end of the epoch (or an abort) and tells of each. */
async function* trainEpoch(
  run: Run,
  feed: (step: number) => Promise<Record<string, NdArray>>,
): AsyncGenerator<RunEvent> {
  const { options, perEpoch } = run;
  const epoch = Math.floor(run.progress.step / perEpoch);
  const end = (epoch + 1) * perEpoch;
  let next = feed(run.progress.step);
  while (run.progress.step < end && !options.signal?.aborted) {
    const { step } = run.progress;
    const started = performance.now();
    const inputs = await next;
    const waited = performance.now() - started;
    if (step + 1 < end) next = feed(step + 1);
    const outputs = await run.training.run(inputs);
    const seconds = (performance.now() - started) / 1000;
    const { loss, ...terms } = Object.fromEntries(Object.entries(outputs).map(([k, v]) => [k, scalar(v)]));
    refuseNonFinite(loss!, terms, step);
    const images = inputs[`${run.experiment.streams[0].name}/labels`]!.shape[0]!;
    run.progress = {
      ...run.progress,
      step: step + 1,
      sums: addTo(run.progress.sums, { loss: loss!, ...terms }),
      seconds: run.progress.seconds + seconds,
    };
    const speed: Pick<StepEvent, 'imagesPerSecond' | 'waiting'> = {
      imagesPerSecond: images / seconds,
      waiting: waited / 1000 / seconds,
    };
    yield { type: 'step', step, epoch, loss: loss!, terms, rate: scalar(inputs['rate']!), ...speed };
    const every = options.checkpointEvery ?? 0;
    if (every > 0 && (step + 1) % every === 0 && step + 1 < end) yield* await save(run, 'last');
  }
  await next.catch(() => undefined);
}

async function* finishEpoch(run: Run, startedAt: number): AsyncGenerator<RunEvent> {
  const { experiment, perEpoch } = run;
  const epoch = run.progress.step / perEpoch - 1;
  const metrics = await evaluateOn(run, experiment.dataset[experiment.selectOn]);
  const [name] = Object.keys(metrics);
  const value = name === undefined ? null : metrics[name]!;
  const sign = experiment.metrics[0]?.goal === 'min' ? -1 : 1;
  const { bestValue } = run.progress;
  const best = value !== null && (bestValue === null || sign * value > sign * bestValue);
  const { loss = 0, ...terms } = Object.fromEntries(
    Object.entries(run.progress.sums).map(([k, v]) => [k, v / perEpoch]),
  );
  run.progress = { ...run.progress, sums: {}, ...(best ? { bestEpoch: epoch, bestValue: value } : {}) };
  const seconds = (performance.now() - startedAt) / 1000;
  yield { type: 'epoch', epoch, step: run.progress.step, loss, terms, metrics, best, seconds };
  if (best) yield* await save(run, 'best');
  yield* await save(run, 'last');
}

const onBothSplits = async (run: Run): Promise<SplitMetrics> => ({
  validation: await evaluateOn(run, run.experiment.dataset.validation),
  test: await evaluateOn(run, run.experiment.dataset.test),
});

/** Looks at the test set, once for the last and once for the best weights, and leaves the best in the network. */
const conclude = async (run: Run): Promise<RunResult> => {
  const last = await onBothSplits(run);
  const bytes = await run.options.store?.load('best');
  if (bytes)
    await restore(run.options.runner, run.variables, readCheckpoint(bytes, 'the best checkpoint').tensors);
  const best = bytes && run.progress.bestEpoch !== run.experiment.epochs - 1 ? await onBothSplits(run) : last;
  return { selectOn: run.experiment.selectOn, bestEpoch: run.progress.bestEpoch, last, best };
};

async function* runEvents(run: Run): AsyncGenerator<RunEvent, void, undefined> {
  const { experiment, options, network, perEpoch } = run;
  const ordered = orders(experiment, seedOf(experiment.seed));
  const rateAt = experiment.schedule({ stepsPerEpoch: perEpoch, epochs: experiment.epochs });
  const feed = (step: number): Promise<Record<string, NdArray>> =>
    assemble(experiment, network.objectives, ordered, {
      step,
      epoch: Math.floor(step / perEpoch),
      rate: rateAt(step),
      stepsPerEpoch: perEpoch,
    });
  const heads = Object.values(network.modules).reduce((sum, m) => sum + parameterCount(m), 0);
  const parameters = { inference: parameterCount(network.backbone.model), heads };
  const { name, epochs } = experiment;
  yield {
    type: 'start',
    run: name,
    engine: options.runner.description,
    epochs,
    stepsPerEpoch: perEpoch,
    step: run.progress.step,
    parameters,
  };
  while (run.progress.step < epochs * perEpoch) {
    const startedAt = performance.now();
    yield* trainEpoch(run, feed);
    if (options.signal?.aborted) {
      yield* await save(run, 'last');
      yield { type: 'done', step: run.progress.step, aborted: true, seconds: run.progress.seconds };
      return;
    }
    yield* finishEpoch(run, startedAt);
  }
  const result = await conclude(run);
  yield { type: 'done', step: run.progress.step, aborted: false, result, seconds: run.progress.seconds };
}

/** Builds the network, takes up a checkpoint where it is asked to, and gives a run to read events from. */
export const prepareTraining = async (
  experiment: Experiment,
  options: TrainingOptions,
): Promise<Training> => {
  const network = await buildNetwork(experiment);
  const state = optimizerState(experiment, network);
  const optimizer = Object.fromEntries(Object.entries(state).map(([name, v]) => [`optimizer/${name}`, v]));
  const variables = { ...networkVariables(network), ...network.state, ...optimizer };
  const { runner } = options;
  const run: Run = {
    experiment,
    options,
    network,
    variables,
    training: runner.step('train', trainingStep(experiment, network, state)),
    inference: runner.step('infer', inferenceStep(network, experiment.dataset.normalization)),
    perEpoch: stepsPerEpoch(experiment),
    progress: { step: 0, bestEpoch: -1, bestValue: null, sums: {}, seconds: 0 },
  };
  const bytes = options.resume ? await options.store?.load('last') : undefined;
  if (bytes) {
    const { tensors, progress } = readCheckpoint(bytes, 'the last checkpoint');
    await restore(runner, variables, tensors);
    run.progress = progress;
  }
  return {
    network,
    inference: run.inference,
    events: () => runEvents(run),
    dispose() {
      run.training.dispose();
      run.inference.dispose();
      Object.values(state).forEach((v) => v.dispose());
      disposeNetwork(network);
    },
  };
};
