import { abs, add, mean, mul, sub } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Objective } from '../contracts/objective.ts';
import { classLoss, memoryStore, streamOf, tinyExperiment } from '../testing/index.ts';
import { readCheckpoint } from './checkpoint.ts';
import { eagerRunner } from './eagerRunner.ts';
import { teach } from '../objectives/teacher.ts';
import { variablesOf } from './network.ts';
import type { Experiment, Freeze } from '../contracts/experiment.ts';
import { prepareTraining } from './train.ts';

const task: Objective = {
  name: 'task',
  build: () => ({ modules: {}, terms: (step) => ({ terms: { ce: { value: classLoss(step), weight: 1 } } }) }),
};

/** Two epochs of five steps. */
const experimentOf = (freeze?: Partial<Freeze>): Experiment => ({
  ...tinyExperiment([task], { steps: 10, streams: [streamOf({ batch: 4 })] }),
  ...(freeze && { freeze: { upTo: 'stage2', from: 0, batchNorm: true, ...freeze } }),
});

type Weights = Readonly<Record<string, number[]>>;

/** All weights before the first step and after so many, by their names in checkpoints. */
const trained = async (
  experiment: Experiment,
  steps: number,
  store = memoryStore(),
  resume = false,
): Promise<{ before: Weights; after: Weights }> => {
  const runner = eagerRunner();
  const training = await prepareTraining(experiment, { runner, store, resume, checkpointEvery: 1 });
  const read = async (): Promise<Weights> => {
    const values = await runner.read(Object.values(training.variables));
    return Object.fromEntries(Object.keys(training.variables).map((name, i) => [name, [...values[i]!.data]]));
  };
  const before = await read();
  let done = training.step;
  for await (const event of training.events()) if (event.type === 'step' && ++done === steps) break;
  const after = await read();
  training.dispose();
  return { before, after };
};

const changed = ({ before, after }: { before: Weights; after: Weights }): string[] =>
  Object.keys(before)
    .filter((name) => before[name]!.join() !== after[name]!.join())
    .map((name) => name.replace(/^backbone\//, '').split('/')[0]!)
    .filter((name, i, all) => all.indexOf(name) === i);

describe('freeze', () => {
  it('keeps all that leads to a tap, batch norm included, and lets the rest learn', async () => {
    expect(changed(await trained(experimentOf(), 3))).toEqual([
      'stage1',
      'stage2',
      'stage3',
      'stage4',
      'classifier',
    ]);
    expect(changed(await trained(experimentOf({}), 3))).toEqual(['stage3', 'stage4', 'classifier']);
  });

  it('lets the average of weights that rest come to where they are', async () => {
    const experiment = { ...experimentOf({ from: 1 }), average: 0.5 };
    const store = memoryStore();
    await trained(experiment, 10, store);
    const { tensors } = readCheckpoint(store.files.get('last')!, 'test');
    const resting = Object.keys(tensors).filter((name) => /^backbone\/stage[12]\/.*kernel/.test(name));
    expect(resting.length).toBeGreaterThan(0);
    for (const name of resting) {
      const [now, average] = [tensors[name]!.data, tensors[`optimizer/average/${name}`]!.data];
      const away = Math.max(...Array.from(now, (value, i) => Math.abs(value - average[i]!)));
      expect(away).toBeLessThan(2 ** -4 * 0.05);
    }
  });

  it('may leave batch norm alone: its running averages move then', async () => {
    const { before, after } = await trained(experimentOf({ batchNorm: false }), 3);
    const moved = Object.keys(before).filter((name) => before[name]!.join() !== after[name]!.join());
    expect(moved.filter((name) => /stage[12]/.test(name)).every((name) => name.includes('moving_'))).toBe(
      true,
    );
    expect(moved.some((name) => name.includes('stage1'))).toBe(true);
  });

  it('begins and ends at an epoch, and a run goes on to the same bits across it', async () => {
    const thawing = experimentOf({ until: 1 });
    expect(changed(await trained(thawing, 5))).not.toContain('stage1');
    const whole = await trained(thawing, 10);
    expect(changed(whole)).toContain('stage1');
    const store = memoryStore();
    await trained(thawing, 4, store);
    expect(readCheckpoint((await store.load('last'))!, 'it').progress.step).toBe(3);
    expect((await trained(thawing, 10, store, true)).after).toEqual(whole.after);
    expect(changed(await trained(experimentOf({ from: 1 }), 5))).toContain('stage1');
  });

  it('tells the optimizer in how many steps each weight learnt', async () => {
    const optimizer: Experiment['optimizer'] = {
      init: () => ({}),
      update: (gradients, _state, { step, stepOf = () => step }) => ({
        updates: Object.fromEntries(
          Object.entries(gradients).map(([name, g]) => [name, add(mul(g, 0), stepOf(name))]),
        ),
        state: {},
      }),
    };
    const counted = async (freeze?: Partial<Freeze>): Promise<Record<string, number>> => {
      const { before, after } = await trained({ ...experimentOf(freeze), optimizer }, 10);
      const sumOf = (name: string): number => Math.round(after[name]![0]! - before[name]![0]!);
      return { stage1: sumOf(nameOf(before, 'stage1')), classifier: sumOf('backbone/classifier/kernel') };
    };
    const nameOf = (weights: Weights, stage: string): string =>
      Object.keys(weights).find((name) => name.startsWith(`backbone/${stage}`) && name.endsWith('kernel'))!;
    const all = 45; // 0 + 1 + … + 9
    expect(await counted()).toEqual({ stage1: all, classifier: all });
    expect(await counted({ until: 1 })).toEqual({ stage1: 10, classifier: all });
    expect(await counted({ from: 1, until: 2 })).toEqual({ stage1: 10, classifier: all });
  });

  it.each([
    [{ upTo: 'stage9' }, /No stage named "stage9".*stage1, stage2, stage3, stage4, all/],
    [{ from: 1, until: 1 }, /nothing is frozen/],
    [{ from: 7 }, /begins at epoch 7, and the run has 2/],
  ] as const)('refuses %j', async (freeze, message) => {
    await expect(prepareTraining(experimentOf(freeze), { runner: eagerRunner() })).rejects.toThrow(message);
  });

  it('refuses to begin in the midst of averaged gradients', async () => {
    const experiment = { ...experimentOf({ until: 1 }), accumulate: 2 };
    await expect(prepareTraining(experiment, { runner: eagerRunner() })).rejects.toThrow(
      /5 steps.*"accumulate" is 2/,
    );
  });
});

describe('an average of the network', () => {
  const matched: Objective = {
    name: 'matched',
    build(context) {
      const twin = context.twin!();
      return {
        modules: {},
        state: variablesOf(twin.backbone.model, 'twin'),
        terms: ({ images, pooled, call }) => {
          const own = { ...call, training: true, keepStatistics: true };
          const seen = teach({ ...twin, modules: {} }, images, own);
          return { terms: { apart: { value: mean(abs(sub(pooled, seen.pooled))), weight: 1 } } };
        },
      };
    },
  };

  it.each<[what: string, change: Partial<Experiment>]>([
    ['learns', {}],
    ['is still', { batchNorm: 'still' }],
    ['is still in frozen stages', { freeze: { upTo: 'stage3', from: 0, batchNorm: true } }],
  ])('normalises as the network does, where batch norm %s', async (_what, change) => {
    const training = await prepareTraining(
      { ...experimentOf(), objectives: [task, matched], ...change },
      { runner: eagerRunner() },
    );
    for await (const event of training.events()) {
      if (event.type !== 'step') continue;
      expect(event.terms['matched/apart']).toBeCloseTo(0, 6);
      break;
    }
    training.dispose();
  });
});

describe('batchNorm', () => {
  const moved = async (batchNorm: NonNullable<Experiment['batchNorm']>): Promise<string[]> => {
    const { before, after } = await trained({ ...experimentOf(), batchNorm }, 2);
    const names = Object.keys(before).filter((name) => before[name]!.join() !== after[name]!.join());
    return [...new Set(names.map((name) => name.slice(name.lastIndexOf('/') + 1)))].sort();
  };

  it('learns with its running averages, without them, or not at all, while all else learns', async () => {
    expect(await moved('learn')).toEqual([
      'beta',
      'bias',
      'gamma',
      'kernel',
      'moving_mean',
      'moving_variance',
    ]);
    expect(await moved('still')).toEqual(['beta', 'bias', 'gamma', 'kernel']);
    expect(await moved('fixed')).toEqual(['bias', 'kernel']);
  });
});
