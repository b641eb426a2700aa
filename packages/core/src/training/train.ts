import type { RunEvent } from '../contracts/events.ts';
import type { NdArrays } from '../contracts/arrays.ts';
import type { Network } from '../contracts/objective.ts';
import type { Step } from '../contracts/runner.ts';
import { alone } from '../contracts/workers.ts';
import { seedOf } from '../random.ts';
import { assemble } from '../data/batches.ts';
import { orders } from '../data/orders.ts';
import { checkShares } from '../data/share.ts';
import type { DataFingerprint } from '../data/fingerprint.ts';
import { checkExperiment } from './checkExperiment.ts';
import { checkMetrics } from './checkMetrics.ts';
import { restore, type Checkpoint, type Progress } from './checkpoint.ts';
import { endEpoch, keepEpoch, trainEpoch } from './epoch.ts';
import { preprocessingOf, stepsPerEpoch, type Experiment } from '../contracts/experiment.ts';
import {
  allVariables,
  buildNetwork,
  disposeNetwork,
  type NamedVariables,
  type TrainingNetwork,
} from './network.ts';
import { conclude, isFirst, save, type Run, type TrainingOptions } from './run.ts';
import { prefetch, type Batches } from '../data/prefetch.ts';
import { optimizerState } from './optimizerState.ts';
import { findCheckpoint, fitTo, originOf, regrouped, type Fitted } from './resume.ts';
import { startEvent } from './startEvent.ts';
import { inferenceStep, withAverage } from './step.ts';
import { trainingSteps } from './trainingSteps.ts';
import { crewOf } from './workers/crew.ts';
import { sharingOf, shareStep } from './workers/shared.ts';
import { crewSpeeds } from './workers/speeds.ts';
import { byFirst, meetBeforeStart } from './workers/together.ts';
import { checkTeachers, teacherMarks } from './teacherMarks.ts';
import { gradientsNow } from './agreement/underWay.ts';

/** A run that is set up. Its events are produced as they are read: reading them is what trains. */
export interface Training {
  readonly network: TrainingNetwork;
  /** All that a step may change: weights, statistics, objectives' and the optimizer's state; what a checkpoint holds. */
  readonly variables: NamedVariables;
  /** Images in, logits and features out, in inference mode. */
  readonly inference: Step;
  /** Step that comes next: 0, or where a resumed run goes on. */
  readonly step: number;
  /** Which data it trains on; absent where no checkpoints are kept. */
  readonly data?: DataFingerprint;
  /** Of a resumed run: what differs from the data that it began with, in words. */
  readonly changed: readonly string[];
  /**
   * Gradients of the whole loss by each variable that learns, at the present weights, for a batch that is the same at every look. To be
   * called between events; it changes nothing, and its step is traced when it is run first.
   */
  gradients(): Promise<NdArrays>;
  events(): AsyncGenerator<RunEvent, void, undefined>;
  dispose(): void;
}

/** The batches of a run, in the order and with the draws that its seed gives. */
const batchesOf = ({
  experiment,
  network,
  perEpoch,
  progress: { groups },
  options: { runner },
}: Run): Batches => {
  const ordered = orders(experiment, seedOf(experiment.seed));
  const { epochs } = experiment;
  const steps = epochs * perEpoch;
  const rateAt = experiment.schedule({ stepsPerEpoch: perEpoch, epochs });
  return prefetch(
    (step) =>
      assemble(experiment, network.objectives, ordered, {
        step,
        steps,
        epoch: Math.floor(step / perEpoch),
        rate: rateAt(step),
        stepsPerEpoch: perEpoch,
        groups,
        ...(runner.workers && { workers: runner.workers }),
      }),
    steps,
  );
};

async function* trainEpochs(run: Run, batches: Batches): AsyncGenerator<RunEvent, void, undefined> {
  const { perEpoch } = run;
  while (!hasEnded(run)) {
    const startedAt = performance.now();
    const { step } = run.progress;
    yield* trainEpoch(run, batches);
    // An abort after an epoch's last step lets the epoch finish, so that a resumed run has lost nothing of it.
    if (run.progress.step === step || run.progress.step % perEpoch !== 0) {
      yield* await save(run, 'last');
      yield { type: 'done', step: run.progress.step, aborted: true, seconds: run.progress.seconds };
      return;
    }
    const ended = await endEpoch(run, startedAt);
    yield* byFirst(run, keepEpoch(run, ended), hasEnded);
  }
  const result = await conclude(run);
  yield { type: 'done', step: run.progress.step, aborted: false, result, seconds: run.progress.seconds };
}

async function* runEvents(run: Run): AsyncGenerator<RunEvent, void, undefined> {
  await meetBeforeStart(run);
  const batches = batchesOf(run);
  yield startEvent(run);
  const { resume = false } = run.options;
  try {
    // The last checkpoint was lost: from here on there is a whole one again, also where nothing is left to train.
    if (typeof resume === 'string' && resume !== 'last') yield* await save(run, 'last');
    yield* trainEpochs(run, batches);
  } finally {
    await batches.settle();
  }
}

/** Whether all epochs are done, or the last ones brought nothing better. */
const hasEnded = (run: Run): boolean => {
  const { experiment, perEpoch, progress, ended } = run;
  const { epochs, patience = Infinity } = experiment;
  if (progress.step % perEpoch !== 0) return false;
  if (!isFirst(run)) return ended || progress.step >= epochs * perEpoch;
  const done = progress.step / perEpoch;
  return done >= epochs || (done > 0 && done - 1 - progress.bestEpoch >= patience);
};

/** Notes the teachers that objectives load: a black box holds their weights. */
const remembering = (experiment: Experiment, teachers: Network[]): Experiment => ({
  ...experiment,
  async teacher(source, request) {
    const teacher = await experiment.teacher(source, request);
    teachers.push(teacher);
    return teacher;
  },
});

const BEGINNING: Progress = { step: 0, bestEpoch: -1, bestValue: null, sums: {}, seconds: 0, images: 0 };

/** The checkpoint that a run goes on from, where it is asked to and there is one. */
const resumed = async ({ store, resume = false }: TrainingOptions): Promise<Checkpoint | undefined> => {
  if (!store || resume === false) return undefined;
  return findCheckpoint(store, resume === true ? 'last' : resume);
};

const begin = async (experiment: Experiment, { store }: TrainingOptions): Promise<Partial<Fitted>> =>
  store ? { origin: await originOf(experiment) } : {};

/** Builds the network, on which metrics can be measured. */
const buildMeasured = async (experiment: Experiment): Promise<TrainingNetwork> => {
  const network = await buildNetwork(experiment);
  try {
    checkMetrics(experiment, network);
    return network;
  } catch (error) {
    disposeNetwork(network);
    throw error;
  }
};

/** Everything of a run that is made anew each time, with fresh weights. */
const makeRun = async (
  { experiment, origin, changed }: Pick<Run, 'experiment' | 'changed' | 'origin'>,
  options: TrainingOptions,
): Promise<Run> => {
  const teachers: Network[] = [];
  const network = await buildMeasured(remembering(experiment, teachers));
  const state = optimizerState(experiment, network);
  const { runner } = options;
  const marks = await teacherMarks(runner, teachers);
  const infer = inferenceStep(network, { task: experiment.task, ...preprocessingOf(experiment) });
  const inference = runner.step('infer', (inputs) => withAverage(network, state, () => infer(inputs)));
  const [crew, sharing] = [crewOf(runner), sharingOf(runner)];
  return {
    ...{ experiment, options, network, teachers, state, changed },
    ...(origin && { origin: { ...origin, ...(marks.length > 0 && { teachers: marks }) } }),
    variables: allVariables(network, state),
    ...trainingSteps(experiment, network, state, runner),
    ...{ inference, measuring: shareStep(inference, sharing) },
    perEpoch: stepsPerEpoch(experiment),
    ...(crew && { crew, speeds: crewSpeeds(crew) }),
    ...(sharing && { sharing }),
    ...{ progress: BEGINNING, stopped: false, ended: false },
  };
};

const disposeRun = ({ steps, inference, state, network, crew, sharing }: Run): void => {
  crew?.dispose();
  sharing?.dispose();
  steps.forEach((step) => step.dispose());
  inference.dispose();
  Object.values(state).forEach((v) => v.dispose());
  disposeNetwork(network);
};

/** Builds the network, takes up a checkpoint where it is asked to, and gives a run to read events from. */
export const prepareTraining = async (given: Experiment, options: TrainingOptions): Promise<Training> => {
  await checkExperiment(given);
  checkShares(given, options.runner.workers ?? alone);
  const checkpoint = await resumed(options);
  const fitted = checkpoint ? await fitTo(checkpoint, given) : await begin(given, options);
  const run = await makeRun({ experiment: given, changed: [], ...fitted }, options);
  if (checkpoint) {
    try {
      checkTeachers(checkpoint.origin, run.origin?.teachers ?? []);
      await restore(options.runner, run.variables, checkpoint.tensors);
    } catch (error) {
      disposeRun(run);
      throw error;
    }
    run.progress = regrouped(run.experiment, checkpoint);
  }
  const { network, variables, inference, origin, changed } = run;
  return {
    ...{ network, variables, inference, changed },
    step: run.progress.step,
    ...(origin && { data: origin.data }),
    gradients: () => gradientsNow({ ...run, step: run.progress.step }),
    events: () => runEvents(run),
    dispose: () => disposeRun(run),
  };
};
