import { add, mul, tensor1d, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { Metric } from '../contracts/metric.ts';
import type { Objective } from '../contracts/objective.ts';
import { memoryStore, streamOf, tinyBackbone, classLoss, tinyExperiment } from '../testing/index.ts';
import { readCheckpoint } from './checkpoint.ts';
import { eagerRunner } from './eagerRunner.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { findTeacher } from '../objectives/teacher.ts';
import { pickSamples } from '../data/targets.ts';
import { callbacks, runToEnd } from './runToEnd.ts';
import { microBatchOrder } from './microBatchOrder.ts';
import { prepareTraining } from './train.ts';

const task: Objective = {
  name: 'task',
  build: () => ({
    modules: {},
    terms: (step) => ({ terms: { ce: { value: classLoss(step), weight: 1 } } }),
  }),
};

/** Anything that depends on every weight. */
const total: Metric = {
  name: 'total',
  goal: 'max',
  begin() {
    let total = 0;
    return {
      add: ({ outputs }) => outputs['logits']!.data.forEach((value) => void (total += value)),
      end: () => ({ total }),
    };
  },
};

const small: Experiment['backbone'] = ({ classes, size: [size] }) =>
  tinyBackbone({ classes, size, planes: [2, 2, 3, 3] });

const experimentOf = (own: Partial<Experiment> = {}, steps = 10): Experiment => {
  const made = tinyExperiment([task], { steps, streams: [streamOf({ batch: 4 })] });
  const dataset = { ...made.dataset, validation: made.dataset.train, test: made.dataset.train };
  return { ...made, dataset, metrics: [total], backbone: small, ...own };
};

const tensorsOf = (bytes: Uint8Array) => readCheckpoint(bytes, 'test').tensors;
const opened: { dispose(): void }[] = [];
afterEach(() => opened.splice(0).forEach((t) => t.dispose()));

const start = async (experiment: Experiment, store = memoryStore(), resume = false, signal?: AbortSignal) => {
  const runner = eagerRunner();
  const training = await prepareTraining(experiment, { runner, store, resume, ...(signal && { signal }) });
  opened.push(training);
  return { training, store };
};

/** Weights after a step count, read while the run goes on. */
const weightsAfter = async (experiment: Experiment, steps: number): Promise<Record<string, number[]>> => {
  const { training } = await start(experiment);
  const { model } = training.network.backbone;
  let seen = 0;
  for await (const event of training.events()) if (event.type === 'step' && ++seen === steps) break;
  return Object.fromEntries(
    await Promise.all(
      model.trainableWeights.map(async (w) => [w.originalName, [...(await w.read().data())]]),
    ),
  ) as Record<string, number[]>;
};

describe('the moving average of the weights', () => {
  const decay = 0.6;

  it('follows its equation, and the finished network holds it', async () => {
    const each = await Promise.all([1, 2, 3].map((n) => weightsAfter(experimentOf({ average: decay }), n)));
    const name = 'classifier/bias';
    const expected = each
      .map((w) => w[name]!)
      .reduce((mean, w, k) => {
        const share = Math.min(decay, 1 - 1 / (k + 1));
        return mean.map((m, i) => share * m + (1 - share) * w[i]!);
      });
    const controller = new AbortController();
    const { training, store } = await start(
      experimentOf({ average: decay }),
      memoryStore(),
      false,
      controller.signal,
    );
    await runToEnd(training, [
      callbacks({ step: ({ step }) => (step === 2 ? controller.abort() : undefined) }),
    ]);
    const kept = tensorsOf(store.files.get('last')!)[`optimizer/average/backbone/${name}`]!.data;
    expected.forEach((value, i) => expect(kept[i]).toBeCloseTo(value, 6));
  });

  it('is what is evaluated and what stays in the network', async () => {
    const { training, store } = await start(experimentOf({ average: decay }));
    const { done } = await runToEnd(training);
    const best = tensorsOf(store.files.get('best')!);
    const own = training.network.backbone.model.trainableWeights[0]!;
    const average = best[`optimizer/average/backbone/${own.originalName}`]!.data;
    expect([...(await own.read().data())]).toEqual([...average]);
    expect(average).not.toEqual(best[`backbone/${own.originalName}`]!.data);
    const plain = await runToEnd((await start(experimentOf())).training);
    expect(done.result!.last.test).not.toEqual(plain.done.result!.last.test);
  });
});

describe('several steps an update', () => {
  it('changes the weights once a group, by the mean gradient', async () => {
    // One batch, the same each time: the mean of equal gradients is the gradient.
    const made = experimentOf();
    const one: Experiment = { ...made, streams: [{ ...made.streams[0], batch: 20, views: [[]] }] };
    const pairs = { ...one, accumulate: 2 };
    const still = { ...one, schedule: () => () => 0 };
    const [before, once, half, whole] = (
      await Promise.all([
        weightsAfter(still, 1),
        weightsAfter(one, 1),
        weightsAfter(pairs, 1),
        weightsAfter(pairs, 2),
      ])
    ).map((weights) => weights['classifier/kernel']!);
    expect(half).toEqual(before);
    expect(once).not.toEqual(before);
    once!.forEach((value, i) => expect(whole![i]).toBeCloseTo(value, 5));
  });

  it('gives the optimizer the number of updates, and the last group whatever it has', async () => {
    const state = (x: Tensor): NamedTensorMap => ({ seen: x });
    const optimizer: Experiment['optimizer'] = {
      init: () => state(tensor1d([-1])),
      update: (gradients, { seen }, { step }) => ({
        updates: Object.fromEntries(Object.entries(gradients).map(([n, g]) => [n, mul(g, 0)])),
        state: state(add(mul(seen!, 0), step)),
      }),
    };
    const { training, store } = await start(experimentOf({ accumulate: 4, optimizer }));
    await runToEnd(training);
    expect([...tensorsOf(store.files.get('last')!)['optimizer/seen']!.data]).toEqual([2]);
  });

  it('begins a group anew where a run with a part of one at its end goes on', async () => {
    const made = experimentOf();
    const rate = { schedule: () => () => 0.05 };
    const one: Experiment = {
      ...made,
      ...rate,
      streams: [{ ...made.streams[0], batch: 20, views: [[]] }],
      epochs: 3,
    };
    const { store } = await start({ ...one, accumulate: 2 });
    const kernelOf = (bytes: Uint8Array) => tensorsOf(bytes)['backbone/classifier/kernel']!.data;
    await runToEnd((await start({ ...one, accumulate: 2 }, store)).training);
    // Updates after the steps 1 and 2; then after 4.
    await runToEnd((await start({ ...one, epochs: 5, accumulate: 2 }, store, true)).training);
    const plain = await start(one);
    await runToEnd(plain.training);
    const [after, expected] = [store, plain.store].map(({ files }) => kernelOf(files.get('last')!));
    expected!.forEach((value, i) => expect(after![i]).toBeCloseTo(value, 5));
    const { groups } = readCheckpoint(store.files.get('last')!, 'test').progress;
    expect(groups).toEqual({ step: 3, updates: 2 });
  });

  it('moves averages of the student with the updates alone', async () => {
    const taught: Objective = {
      ...task,
      name: 'taught',
      async build(context) {
        const { state, update } = await findTeacher('taught', context, { ema: 0.5 });
        return { ...(await task.build(context)), state, ...(update && { update }) };
      },
    };
    const { training } = await start(experimentOf({ objectives: [taught], accumulate: 4 }));
    const name = Object.keys(training.variables).find((v) => v.endsWith('teacher/classifier/kernel'))!;
    const moved: number[] = [];
    let before = [...training.variables[name]!.dataSync()].join();
    for await (const event of training.events()) {
      if (event.type !== 'step') continue;
      const now = [...training.variables[name]!.dataSync()].join();
      if (now !== before) moved.push(event.step);
      before = now;
    }
    expect(moved).toEqual([3, 7, 9]);
  });
});

it('deals every view of an image into the same part, and puts rows back where they were', () => {
  const { ranges, forth, back } = microBatchOrder([4, 4, 2], 2);
  expect(ranges).toEqual([
    [0, 5],
    [5, 5],
  ]);
  const rows = tensor1d([0, 1, 2, 3, 10, 11, 12, 13, 20, 21]);
  expect([...forth(rows).dataSync()]).toEqual([0, 1, 10, 11, 20, 2, 3, 12, 13, 21]);
  expect([...back(forth(rows)).dataSync()]).toEqual([...rows.dataSync()]);
  expect(microBatchOrder([3], 8).ranges).toHaveLength(3);
});

it('choosing the best weights on test images that are not there is refused', async () => {
  const experiment = experimentOf({ selectOn: 'test' });
  const { dataset } = experiment;
  const none = pickSamples(dataset.test, new Int32Array(0));
  const untested = { ...experiment, dataset: { ...dataset, test: none } };
  await expect(prepareTraining(untested, { runner: eagerRunner() })).rejects.toThrow(
    /"selectOn" is "test", and the dataset has no test images/,
  );
});

it('waits for a metric that measures in several turns', async () => {
  const slow: Metric = {
    name: 'slow',
    goal: 'max',
    begin: () => ({
      add: () => undefined,
      end: () => new Promise((resolve) => setImmediate(() => resolve({ slow: 0.5 }))),
    }),
  };
  const { training } = await start({ ...experimentOf({ metrics: [slow] }), epochs: 1 });
  const { done } = await runToEnd(training, []);
  expect(done.result?.last.validation).toMatchObject({ slow: 0.5 });
});

it('keeps the newest weights as the best ones where there is nothing to choose by', async () => {
  const made = experimentOf();
  const { training, store } = await start({
    ...made,
    dataset: { ...made.dataset, validation: pickSamples(made.dataset.train, new Int32Array()) },
  });
  const { done } = await runToEnd(training);
  expect(done.result).toMatchObject({ bestEpoch: 1, best: { validation: {} } });
  expect(tensorsOf(store.files.get('best')!)).toEqual(tensorsOf(store.files.get('last')!));
});

describe('patience', () => {
  const worse: Metric = {
    name: 'n',
    goal: 'max',
    begin: () => ({ add: () => undefined, end: () => ({ n: 1 }) }),
  };

  it('ends the run after so many epochs without a better metric, and a resumed run stays ended', async () => {
    const experiment = { ...experimentOf({ patience: 2, metrics: [worse] }), epochs: 9 };
    const { training, store } = await start(experiment);
    const epochs: number[] = [];
    const { done } = await runToEnd(training, [callbacks({ epoch: ({ epoch }) => void epochs.push(epoch) })]);
    expect(epochs).toEqual([0, 1, 2]);
    expect(done).toMatchObject({ aborted: false, step: 15, result: { bestEpoch: 0 } });
    const again = await runToEnd((await start(experiment, store, true)).training);
    expect(again.done.step).toBe(15);
  });

  it('needs images to wait for', async () => {
    const experiment = tinyExperiment([task]);
    await expect(prepareTraining({ ...experiment, patience: 1 }, { runner: eagerRunner() })).rejects.toThrow(
      /"patience".*no/s,
    );
  });
});

it('goes on to the same bits with all of it at once', async () => {
  const experiment = experimentOf({
    average: 0.9,
    accumulate: 3,
    microBatches: 2,
  });
  const whole = await start(experiment);
  await runToEnd(whole.training);
  const store = memoryStore();
  const controller = new AbortController();
  const first = await start(experiment, store, false, controller.signal);
  await runToEnd(first.training, [
    callbacks({ step: ({ step }) => (step === 3 ? controller.abort() : undefined) }),
  ]);
  const rest = await start(experiment, store, true);
  expect((await runToEnd(rest.training)).start.step).toBe(4);
  for (const name of ['last', 'best'] as const)
    expect(tensorsOf(store.files.get(name)!)).toEqual(tensorsOf(whole.store.files.get(name)!));
});
