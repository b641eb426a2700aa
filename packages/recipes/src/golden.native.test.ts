import { resnet } from '@understory/backbones';
import {
  buildNetwork,
  disposeNetwork,
  eagerRunner,
  float32,
  int32,
  networkVariables,
  optimizerState,
  seedOf,
  trainingStep,
  uint8,
  type Experiment,
  type NdArray,
  type Objective,
  type Runner,
} from '@understory/core';
import { compiledRunner } from '@understory/engine';
import { ntXent, supCon } from '@understory/losses';
import { sgd } from '@understory/optimizers';
import { contrastiveDeepSupervision, crossEntropy, sepConv } from '@understory/supervision';
import { describe, expect, it } from 'vitest';
import { blankDataset, fillKernels, givenView } from './testing/reference.ts';

const LABELS = [0, 1, 1, 99];

/** The released CIFAR recipe on ResNet-18, with two given views of four images. */
const experimentWith = (objectives: readonly Objective[]): Experiment => {
  const dataset = blankDataset(LABELS, 100, 32);
  return {
    name: 'golden',
    seed: 0,
    epochs: 3,
    dataset,
    streams: [
      {
        name: 'train',
        samples: dataset.train,
        batch: 4,
        views: [[givenView(4, 32, 1)], [givenView(4, 32, 2)]],
        labelled: true,
      },
    ],
    lastBatch: 'keep',
    backbone: ({ classes, size, seed }) => resnet({ variant: 'resnet18', stem: 'cifar', classes, size, seed }),
    objectives,
    optimizer: sgd({ momentum: 0.9, weightDecay: 5e-4 }),
    schedule: () => () => 0.1,
    metrics: [],
    selectOn: 'validation',
    teacher: () => Promise.reject(new Error('no teacher')),
  };
};

const inputsOf = ({ streams: [stream] }: Experiment, step: number): Record<string, NdArray> => ({
  'train/images': uint8(new Uint8Array(4 * 32 * 32 * 3), [4, 32, 32, 3]),
  'train/labels': int32(LABELS, [4]),
  'train/positions': int32([0, 1, 2, 3], [4]),
  ...Object.fromEntries(
    stream.views.map(([given], v) => [`train/view${v}/0/images`, given!.sample([seedOf(0).rng()], [32, 32])['images']!]),
  ),
  rate: float32([0.1], []),
  step: float32([step], []),
  epoch: float32([step], []),
  seed: int32([0, 0], [2]),
});

/** Three steps on the same batch → the terms of each, and chosen batch-norm statistics after the first. */
const run = async (runner: Runner, objectives: readonly Objective[], steps = 3) => {
  const experiment = experimentWith(objectives);
  const network = await buildNetwork(experiment);
  [network.backbone.model, ...Object.values(network.modules)].forEach(fillKernels);
  const step = runner.step('train', trainingStep(experiment, network, optimizerState(experiment, network)));
  const terms: number[][] = [];
  let statistics: Record<string, number[]> = {};
  for (let i = 0; i < steps; i++) {
    const out = await step.run(inputsOf(experiment, i));
    const get = (name: string): number => out[name]!.data[0]!;
    const contrast = ['final', 'stage3', 'stage2', 'stage1'].map((t) => get(`contrastive-deep-supervision/${t}`));
    terms.push([get('cross-entropy/ce'), ...contrast, get('loss')]);
    if (i === 0) statistics = await firstStatistics(runner, networkVariables(network));
  }
  runner.dispose();
  disposeNetwork(network);
  return { terms, statistics };
};

const firstStatistics = async (runner: Runner, variables: ReturnType<typeof networkVariables>) => {
  const names = Object.keys(variables);
  const moving = (kind: string, which: number): string => names.filter((n) => n.endsWith(kind) && !n.includes('head')).at(which)!;
  const read = async (name: string): Promise<number[]> => [...(await runner.read([variables[name]!]))[0]!.data].slice(0, 3);
  return { mean: await read(moving('moving_mean', 0)), variance: await read(moving('moving_variance', 0)) };
};

const cds = (loss: ReturnType<typeof supCon>): Objective[] => [
  crossEntropy({}),
  contrastiveDeepSupervision({ weight: 0.1, loss, head: sepConv({}) }),
];

// Made with the released PyTorch code in float64: cross-entropy, SupCon of the pooled feature and stages 3, 2, 1, total.
const STEPS = [
  [5.47936, 1.921634, 1.955086, 2.050212, 1.934871, 6.26554],
  [1.878897, 1.923631, 1.978491, 1.991822, 1.938915, 2.662183],
  [0.609468, 3.904003, 2.066143, 1.908263, 1.982516, 1.595561],
];

describe.each([
  ['eager', () => eagerRunner()],
  ['compiled', () => compiledRunner()],
])('three steps of CDS on ResNet-18, %s', (_, runner) => {
  it('match the released code, term for term', async () => {
    const { terms, statistics } = await run(runner(), cds(supCon({ temperature: 0.07 })));
    // Rounding grows through the steps of this unusually large first gradient (norm 37).
    const tolerance = [1e-4, 1e-3, 1e-2];
    STEPS.forEach((expected, i) =>
      expected.forEach((value, t) => expect(Math.abs(terms[i]![t]! / value - 1), `step ${i}, term ${t}`).toBeLessThan(tolerance[i]!)),
    );
    [-0.000189, -0.000396, -0.001434].forEach((v, i) => expect(statistics['mean']![i]).toBeCloseTo(v, 5));
    [0.935506, 0.938593, 0.928781].forEach((v, i) => expect(statistics['variance']![i]).toBeCloseTo(v, 4));
  });

  it('match it with NT-Xent in place of SupCon', async () => {
    const { terms } = await run(runner(), cds(ntXent({ temperature: 0.07 })), 1);
    [5.47936, 1.932763, 1.97133, 2.061495, 1.912828, 6.267201].forEach((value, t) => expect(terms[0]![t]! / value).toBeCloseTo(1, 4));
  });
});
