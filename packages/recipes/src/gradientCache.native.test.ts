import {
  eagerRunner,
  runToEnd,
  OBJECTIVE,
  prepareTraining,
  readCheckpoint,
  type Experiment,
  type NdArrays,
  type Runner,
  type Spec,
  type Stream,
  type Transform,
} from '@understory/core';
import { memoryStore, streamOf, tinyBackbone, tinyExperiment } from '@understory/core/testing';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { mul, zerosLike } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);

/** Leaves the weights as they are and keeps the gradients. */
const witness: Transform = {
  init: (variables) => Object.fromEntries(Object.entries(variables).map(([name, v]) => [name, zerosLike(v)])),
  update: (gradients) => ({
    updates: Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, mul(g, 0)])),
    state: { ...gradients },
  }),
};

interface Case {
  readonly specs: readonly Spec[];
  readonly streams: readonly Stream[];
}

/** Gradients of one step, by variable; the network has no batch norm but in its heads. */
const gradients = async (
  { specs, streams }: Case,
  microBatches: number,
  runner: Runner,
): Promise<NdArrays> => {
  const store = memoryStore();
  const experiment: Experiment = {
    ...tinyExperiment(
      specs.map((spec) => registry.make(OBJECTIVE, spec)),
      { steps: 1, streams },
    ),
    backbone: ({ classes, size: [size] }) => tinyBackbone({ classes, size, norm: false }),
    optimizer: witness,
    microBatches,
  };
  const training = await prepareTraining(experiment, { runner, store });
  await runToEnd(training);
  training.dispose();
  runner.dispose();
  const { tensors } = readCheckpoint(store.files.get('last')!, 'test');
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => name.startsWith('optimizer/')));
};

const length = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

const cases: readonly Case[] = [
  {
    specs: ['mixed-cross-entropy', ['momentum-contrast', { queue: 40, taps: 'all' }]],
    streams: [streamOf({ batch: 16, views: 2 })],
  },
  {
    specs: ['cross-entropy', 'contrastive-deep-supervision', 'knowledge-synergy'],
    streams: [streamOf({ batch: 16, views: 2 })],
  },
  {
    specs: [['cross-entropy', { stream: 'labelled' }], 'contrastive-semi-supervision', 'mean-teacher'],
    streams: [
      streamOf({ name: 'labelled', batch: 16, views: 2 }),
      streamOf({ name: 'unlabelled', batch: 20, views: 2, labelled: false }),
    ],
  },
];

it('micro-batches teach heads alone where the backbone is frozen', async () => {
  const runner = eagerRunner();
  const objectives = [registry.make(OBJECTIVE, ['deeply-supervised-nets', { head: 'pool' }])];
  const training = await prepareTraining(
    {
      ...tinyExperiment(objectives, { steps: 2, streams: [streamOf({ batch: 16 })] }),
      ...{ freeze: { upTo: 'all', from: 0, batchNorm: true }, microBatches: 4 },
    },
    { runner },
  );
  expect((await runToEnd(training)).done.step).toBe(2);
  training.dispose();
});

describe('16 micro-batches give the gradient of the whole batch', () => {
  const runners = { compiled: () => compiledRunner(), eager: eagerRunner };
  it.each(
    cases.flatMap((c) => Object.keys(runners).map((mode) => [mode as keyof typeof runners, c] as const)),
  )('%s, %j', async (mode, given) => {
    const whole = await gradients(given, 1, runners[mode]());
    const dealt = await gradients(given, 16, runners[mode]());
    expect(Object.keys(dealt)).toEqual(Object.keys(whole));
    for (const [name, { data }] of Object.entries(whole)) {
      const away = Array.from(data, (value, i) => value - dealt[name]!.data[i]!);
      expect(length(away) / length(data), name).toBeLessThan(1e-5);
    }
  });
});
