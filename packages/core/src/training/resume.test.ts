import { permutation } from '../random.ts';
import { afterEach, describe, expect, it } from 'vitest';
import type { Dataset, Samples } from '../contracts/dataset.ts';
import type { Metric } from '../contracts/metric.ts';
import type { Objective } from '../contracts/objective.ts';
import { encodeSafetensors } from '../formats/safetensors.ts';
import { memoryStore, streamOf, tinyBackbone, classLoss, tinyExperiment } from '../testing/index.ts';
import { readCheckpoint, type CheckpointName, type Resumable } from './checkpoint.ts';
import { classesOf, classSamples } from '../data/targets.ts';
import { eagerRunner } from './eagerRunner.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { callbacks, runToEnd } from './runToEnd.ts';
import { prepareTraining, type Training } from './train.ts';

const task: Objective = {
  name: 'task',
  build: () => ({
    modules: {},
    terms: (step) => ({ terms: { ce: { value: classLoss(step), weight: 1 } } }),
  }),
};

/** Gets better with each of the two epochs. */
const shrinking: Metric = {
  name: 'total',
  goal: 'min',
  begin() {
    let total = 0;
    return {
      add: ({ outputs }) => outputs['logits']!.data.forEach((value) => void (total += value * value)),
      end: () => ({ total }),
    };
  },
};

/** 20 images in 5 batches an epoch, 2 epochs. */
const experimentOf = (own: Partial<Experiment> = {}): Experiment => {
  const made = tinyExperiment([task], { steps: 10, streams: [streamOf({ batch: 4 })] });
  const dataset = { ...made.dataset, validation: made.dataset.train };
  const backbone: Experiment['backbone'] = ({ classes, size: [size] }) =>
    tinyBackbone({ classes, size, planes: [2, 2, 3, 3] });
  return { ...made, dataset, metrics: [shrinking], backbone, ...own };
};

const withBatch = (batch: number): Experiment => {
  const made = experimentOf();
  return { ...made, streams: [{ ...made.streams[0], batch }] };
};

/** The same data under other classes, labels or names. */
const onData = (change: (samples: Samples) => Samples, classes?: readonly string[]): Experiment => {
  const made = experimentOf();
  const train = change(made.dataset.train);
  const dataset: Dataset = {
    ...made.dataset,
    train,
    validation: train,
    classes: classes ?? made.dataset.classes,
  };
  return { ...made, dataset, streams: [{ ...made.streams[0], samples: train }] };
};

type Store = ReturnType<typeof memoryStore>;
const opened: Training[] = [];
afterEach(() => opened.splice(0).forEach((t) => t.dispose()));

const trainOn = async (
  experiment: Experiment,
  store: Store,
  { resume, until = Infinity }: { resume?: boolean | Resumable; until?: number } = {},
) => {
  const controller = new AbortController();
  const training = await prepareTraining(experiment, {
    ...{ runner: eagerRunner(), store, signal: controller.signal },
    ...(resume !== undefined && { resume }),
  });
  opened.push(training);
  const stop = callbacks({ step: ({ step }) => (step + 1 === until ? controller.abort() : undefined) });
  return runToEnd(training, [stop]);
};

const copyOf = ({ files }: Store): Store => {
  const store = memoryStore();
  files.forEach((bytes, name) => store.files.set(name, bytes));
  return store;
};

const tensorsOf = ({ files }: Store, name: CheckpointName) => readCheckpoint(files.get(name)!, name).tensors;
const whole = memoryStore();
const stopped = memoryStore(); // at step 7, in the second epoch
const ready = (async () => {
  await trainOn(experimentOf(), whole);
  await trainOn(experimentOf(), stopped, { until: 7 });
})();

const resumeError = async (
  experiment: Experiment,
  store: Store = stopped,
  resume: true | Resumable = true,
) => {
  await ready;
  const error: unknown = await trainOn(experiment, copyOf(store), { resume }).then(
    () => undefined,
    (e: unknown) => e,
  );
  return error instanceof Error ? error.message : 'goes on';
};

/** An experiment with a teacher whose weights a number tells from others. */
const taughtBy = (seed: number): Experiment => {
  const learner: Objective = {
    ...task,
    async build(context) {
      const { backbone } = await context.teacher({ run: 'runs/teacher' });
      return { ...(await task.build(context)), dispose: () => void backbone.model.dispose() };
    },
  };
  const teacher: Experiment['teacher'] = ({}, { classes, size: [size] }) => {
    const backbone = tinyBackbone({ classes, size, seed });
    return Promise.resolve({ backbone, modules: {} });
  };
  return experimentOf({ objectives: [learner], teacher });
};

it('refuses to go on with another teacher than the one that it began with', async () => {
  const store = memoryStore();
  await trainOn(taughtBy(1), store, { until: 3 });
  expect(await resumeError(taughtBy(2), store)).toMatch(/^The weights of the run's teacher are not those/);
  expect(await resumeError(taughtBy(1), store)).toBe('goes on');
});

describe('a run that goes on with another experiment', () => {
  it.each<[key: string, change: Partial<Experiment>, message: RegExp]>([
    ['nothing', {}, /^goes on$/],
    ['the batch', withBatch(5), /^"batch" is 5, and the run was trained with 4/],
    ['the seed', { seed: 2 }, /^"seed" is 2, and the run was trained with 1/],
    ['the last batch', { lastBatch: 'keep' }, /^"lastBatch" is "keep", and the run was trained with "drop"/],
    ['accumulation', { accumulate: 2 }, /^"accumulate" is 2/],
    ['a sampler', { sampler: () => new Int32Array(20) }, /^"sampler" is "\w{16}", and .* with nothing/],
    ['fewer epochs than were done', { epochs: 1 }, /^"epochs" is 1, and the run has done 1\.4/],
    ['more epochs', { epochs: 3 }, /^goes on$/],
    ['the patience', { patience: 5 }, /^goes on$/],
  ])('%s', async (_key, change, message) => {
    expect(await resumeError(experimentOf(change))).toMatch(message);
  });

  it('is refused with other training images, and told of other test images', async () => {
    const other = onData((train) => ({ ...train, describe: (i) => (i === 3 ? 'new' : train.describe(i)) }));
    expect(await resumeError(other)).toMatch(
      /^"dataset" holds other data .*train images: 20 \(class 3: others/,
    );
    const experiment = experimentOf();
    const dataset = { ...experiment.dataset, test: experiment.dataset.train };
    const { start, done } = await trainOn({ ...experiment, dataset }, copyOf(stopped), { resume: true });
    expect(start.data!.changed).toEqual([
      'test images: 0 → 20 (class 0: 0 → 4, class 1: 0 → 4, class 2: 0 → 4, …)',
    ]);
    expect(done.result!.best.test['total']).toBeGreaterThan(0);
  });

  it('ends with the same bits where only the order of its classes moved', async () => {
    await ready;
    const store = copyOf(stopped);
    const names = experimentOf().dataset.classes;
    const moved = onData(
      (train) =>
        classSamples({ ...train, labels: classesOf(train).map((label) => names.length - 1 - label) }),
      [...names].reverse(),
    );
    const { start } = await trainOn(moved, store, { resume: true });
    expect(start.data!.changed).toEqual(['the order of the classes, so labels are mapped by name']);
    expect(tensorsOf(store, 'last')).toEqual(tensorsOf(whole, 'last'));
  });

  it('is refused where that order chose the images', async () => {
    const balanced = (experiment: Experiment): Experiment => ({
      ...experiment,
      sampler: (seed) => permutation(20, seed.rng()),
    });
    const store = memoryStore();
    await trainOn(balanced(experimentOf()), store, { until: 7 });
    const names = experimentOf().dataset.classes;
    const moved = onData((train) => train, [...names].reverse());
    expect(await resumeError(balanced(moved), store)).toMatch(
      /^The classes stand in another order.*sampler.*Put them in the run's order: class 0, class 1/,
    );
  });

  it('knows its place by the images that it has seen', async () => {
    await ready;
    const { progress } = readCheckpoint(stopped.files.get('last')!, 'last');
    expect(progress).toMatchObject({ step: 7, images: 8 });
    expect(readCheckpoint(whole.files.get('last')!, 'last').progress.images).toBe(0);
  });
});

describe('checkpoints that are missing or damaged', () => {
  const without = (name: CheckpointName): Store => {
    const store = copyOf(stopped);
    store.files.delete(name);
    return store;
  };
  const damaged = (name: CheckpointName): Store => {
    const store = copyOf(stopped);
    const bytes = store.files.get(name)!.slice();
    bytes[bytes.length - 9]! ^= 4;
    store.files.set(name, bytes);
    return store;
  };

  it('last: names the ways out', async () => {
    await ready;
    const ways = /Go on from another one, with --from previous \(step 5\), or --from best \(step 5\)\.$/;
    for (const store of [damaged('last'), without('last')])
      expect(await resumeError(experimentOf(), store)).toMatch(ways);
    expect(await resumeError(experimentOf(), damaged('last'))).toMatch(/checksum is not that of its bytes/);
    expect(await resumeError(experimentOf(), without('last'))).toMatch(/^The checkpoint "last" is missing/);
  });

  it.each<Resumable>(['previous', 'best'])('last: goes on from %s to the same bits', async (from) => {
    await ready;
    const store = damaged('last');
    const { start, done } = await trainOn(experimentOf(), store, { resume: from });
    expect([start.step, done.result!.bestEpoch]).toEqual([5, 1]);
    for (const name of ['last', 'best'] as const)
      expect(tensorsOf(store, name)).toEqual(tensorsOf(whole, name));
  });

  it('best: is an error where there was a best epoch', async () => {
    await ready;
    const message = /^The checkpoint "best" is (missing: epoch 1 was the best so far|damaged)/;
    for (const store of [damaged('best'), without('best')])
      expect(await resumeError(experimentOf(), store)).toMatch(message);
    const older = copyOf(whole);
    older.files.set('best', stopped.files.get('best')!);
    expect(await resumeError(experimentOf({ epochs: 3 }), older)).toMatch(
      /"best" is of epoch 1: epoch 2 was/,
    );
  });

  it('best of a later epoch than the last: its epoch is trained again, to the same bits', async () => {
    await ready;
    const store = copyOf(stopped);
    store.files.set('best', whole.files.get('best')!); // killed after the best was saved, before the last was
    const { done } = await trainOn(experimentOf(), store, { resume: true });
    expect(done.result!.bestEpoch).toBe(1);
    expect(tensorsOf(store, 'best')).toEqual(tensorsOf(whole, 'best'));
  });

  it('none at all: begins', async () => {
    const { start } = await trainOn(experimentOf(), memoryStore(), { resume: true });
    expect(start.step).toBe(0);
  });

  it('of an earlier version: go on to the same bits', async () => {
    await ready;
    const store = copyOf(stopped);
    for (const name of ['last', 'best'] as const) {
      const { tensors, progress } = readCheckpoint(store.files.get(name)!, name);
      const { step, bestEpoch, bestValue, sums, seconds } = progress;
      const text = JSON.stringify({ step, bestEpoch, bestValue, sums, seconds });
      store.files.set(name, encodeSafetensors(tensors, { format: 'understory-1', progress: text }));
    }
    await trainOn(experimentOf(), store, { resume: true });
    expect(tensorsOf(store, 'last')).toEqual(tensorsOf(whole, 'last'));
    expect(readCheckpoint(store.files.get('last')!, 'last').origin?.pace.batch).toBe(4);
  });
});
