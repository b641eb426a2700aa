import { float32, type NdArrays } from '../contracts/arrays.ts';
import type { EpochEvent, RunEvent, StepEvent } from '../contracts/events.ts';
import type { Step, SumTimes } from '../contracts/runner.ts';
import { UnderstoryError } from '../errors.ts';
import { inputName } from '../data/batches.ts';
import type { BlackBox } from '../diagnosis/blackBox.ts';
import { SPEEDS, STOPPING } from '../data/share.ts';
import { imagesAfter } from './pace.ts';
import type { Batches } from '../data/prefetch.ts';
import { findingText, replay } from '../diagnosis/replay.ts';
import type { StepTime } from './workers/speeds.ts';
import { evaluateOn, isFirst, keepBlackBox, save, scalar, type Run } from './run.ts';

const addTo = (
  sums: Readonly<Record<string, number>>,
  values: Readonly<Record<string, number>>,
): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, (sums[name] ?? 0) + value]));

/** What an op-by-op replay of the failed step has found; a replay that itself fails says why. */
const replayed = async ({ experiment }: Run, box: BlackBox): Promise<string> => {
  try {
    const finding = await replay(experiment, box);
    return finding ? findingText(finding) : 'Run again op by op, all values are finite.';
  } catch (error) {
    return `It could not be replayed here: ${error instanceof Error ? error.message : String(error)}`;
  }
};

/** Keeps a step whose values are not finite, replays it, and says where it went wrong first and what to do. */
const explainStep = async (run: Run, inputs: NdArrays, error: unknown): Promise<unknown> => {
  if (!(error instanceof UnderstoryError) || error.code !== 'not-finite') return error;
  if (!isFirst(run)) return error; // the first worker keeps the black box
  const box = await keepBlackBox(run, inputs);
  const found = await replayed(run, box);
  const { store } = run.options;
  const file = store?.describe?.('black-box') ?? 'its file';
  const kept = store ? ` Its black box is kept: understory replay ${file}.` : '';
  const cure = `Weights are as they were before it.${kept} Lower the learning rate, or add a warm-up.`;
  return new UnderstoryError('not-finite', `At step ${box.step}: ${error.message} ${found} ${cure}`, {
    cause: error,
  });
};

/** Images that a step shows, on all workers. */
const imagesOf = ({ crew, experiment, perEpoch, progress: { step } }: Run, inputs: NdArrays): number => {
  if (!crew) return inputs[inputName.positions(experiment.streams[0].name)]!.shape[0]!;
  const before = step % perEpoch;
  return imagesAfter(experiment, before + 1) - imagesAfter(experiment, before);
};

/** Whether the run stops before its next step: at once where it is alone, else when all have heard that one of them wants to. */
const isStopped = ({ crew, stopped, options: { signal } }: Run): boolean =>
  crew ? stopped : (signal?.aborted ?? false);

/** What a step is fed: the batch, and of several workers whether this one wants to stop. */
const fedTo = ({ crew, speeds, options: { signal } }: Run, batch: NdArrays): NdArrays =>
  crew
    ? {
        ...batch,
        [STOPPING]: float32([Number(signal?.aborted ?? false)], []),
        ...(speeds && { [SPEEDS]: speeds.own() }),
      }
    : batch;

interface Ran {
  readonly outputs: NdArrays;
  readonly sums?: SumTimes;
}

/** Runs a step; now and then, where several workers train, with the times of its ops. */
const runStep = async ({ speeds }: Run, step: Step, inputs: NdArrays): Promise<Ran> =>
  speeds?.isTimed() && step.runTimed ? step.runTimed(inputs) : { outputs: await step.run(inputs) };

/** Counts a step in, and tells of it. */
const record = (run: Run, inputs: NdArrays, told: NdArrays, time: StepTime): StepEvent => {
  const { [SPEEDS]: heard, ...outputs } = told;
  const { seconds, waited } = time;
  const { step, images = imagesAfter(run.experiment, step % run.perEpoch) } = run.progress;
  const count = imagesOf(run, inputs);
  const workers = run.speeds?.add(time, heard, count);
  const {
    loss,
    gradientNorm,
    [STOPPING]: stopping = 0,
    ...terms
  } = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, scalar(value)]));
  run.stopped ||= stopping > 0;
  run.progress = {
    ...run.progress,
    step: step + 1,
    sums: addTo(run.progress.sums, { loss: loss!, ...terms }),
    seconds: run.progress.seconds + seconds,
    images: images + count,
  };
  return {
    type: 'step',
    step,
    epoch: Math.floor(step / run.perEpoch),
    loss: loss!,
    terms,
    rate: scalar(inputs['rate']!),
    gradientNorm: gradientNorm!,
    imagesPerSecond: count / seconds,
    waiting: waited / seconds,
    ...(workers && { workers }),
  };
};

/** Runs steps up to the end of the epoch (or an abort) and tells of each. */
export async function* trainEpoch(run: Run, batches: Batches): AsyncGenerator<RunEvent> {
  const { checkpointEvery: every = 0 } = run.options;
  const end = (Math.floor(run.progress.step / run.perEpoch) + 1) * run.perEpoch;
  while (run.progress.step < end && !isStopped(run)) {
    const { step } = run.progress;
    const started = performance.now();
    const inputs = await batches.take(step); // the next ones are read and assembled while this step runs
    const waited = (performance.now() - started) / 1000;
    const epoch = Math.floor(step / run.perEpoch);
    const { outputs, sums } = await runStep(run, run.training(epoch), fedTo(run, inputs)).catch(
      async (error: unknown) => {
        throw await explainStep(run, inputs, error);
      },
    );
    yield record(run, inputs, outputs, { seconds: (performance.now() - started) / 1000, waited, sums });
    if (every > 0 && (step + 1) % every === 0 && step + 1 < end) yield* await save(run, 'last');
  }
}

/** Begins the sums of the next epoch. */
const beginNextEpoch = (run: Run): void => {
  run.progress = { ...run.progress, sums: {}, images: 0 };
};

/** Evaluates, and begins the next epoch; all workers take part, and have the same. */
export const endEpoch = async (run: Run, startedAt: number): Promise<EpochEvent> => {
  const { experiment, perEpoch } = run;
  const epoch = run.progress.step / perEpoch - 1;
  const metrics = await evaluateOn(run, experiment.dataset[experiment.selectOn], 'epoch');
  // The first number of the first metric: evaluators' numbers, which come after them, have no goal and choose nothing.
  const [name] = experiment.metrics.length > 0 ? Object.keys(metrics) : [];
  const value = name === undefined ? null : metrics[name]!;
  const sign = experiment.metrics[0]?.goal === 'min' ? -1 : 1;
  const { bestValue } = run.progress;
  // A metric that is NaN is never the best, and would keep every later one from being it.
  const better = bestValue === null || Number.isNaN(bestValue) || sign * (value ?? NaN) > sign * bestValue;
  // Without a number to choose by the newest weights are the best.
  const best = value === null || (!Number.isNaN(value) && better);
  const { loss = 0, ...terms } = Object.fromEntries(
    Object.entries(run.progress.sums).map(([k, v]) => [k, v / perEpoch]),
  );
  const chosen = best ? { bestEpoch: epoch, bestValue: value } : {};
  beginNextEpoch(run);
  run.progress = { ...run.progress, ...chosen };
  const seconds = (performance.now() - startedAt) / 1000;
  const workers = run.speeds?.mean();
  return {
    ...{ type: 'epoch', epoch, step: run.progress.step, loss, terms, metrics, best, seconds },
    ...(experiment.selectOn === 'test' && { split: 'test' }),
    ...(workers && { workers }),
  };
};

/** Tells of an epoch, and keeps the best and the last weights. */
export async function* keepEpoch(run: Run, ended: EpochEvent): AsyncGenerator<RunEvent> {
  yield ended;
  if (ended.best) yield* await save(run, 'best');
  yield* await save(run, 'last');
}
