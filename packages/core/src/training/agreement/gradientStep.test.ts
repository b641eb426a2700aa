import { memory, mean, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { Objective } from '../../contracts/objective.ts';
import { assemble } from '../../data/batches.ts';
import { orders } from '../../data/orders.ts';
import { mapNamed, type Named } from '../../named.ts';
import { seedOf } from '../../random.ts';
import { classLoss, streamOf, tinyExperiment } from '../../testing/index.ts';
import { eagerRunner } from '../eagerRunner.ts';
import { allVariables, buildNetwork, disposeNetwork, type NamedVariables } from '../network.ts';
import { prepareTraining } from '../train.ts';
import { trainingStep } from '../step.ts';
import { gradientStep } from './gradientStep.ts';

/** A loss of the logits and of the first tap, which is looked at again after the weights have changed. */
const task: Objective = {
  name: 'task',
  build: () => ({
    modules: {},
    terms: (step) => ({
      terms: {
        ce: { value: classLoss(step), weight: 1 },
        small: { value: mean(step.taps[0]!), weight: 0.5 },
      },
      carry: { again: mean(step.pooled) },
    }),
    update: () => undefined,
  }),
};

const valuesOf = (variables: NamedVariables): Named<Float32Array> =>
  mapNamed(variables, (v: Tensor) => v.dataSync<'float32'>());

it('tells the gradients by which the training step moves the weights, and moves nothing', async () => {
  const experiment = tinyExperiment([task], { streams: [streamOf({ views: 2 })], rate: 1 });
  const network = await buildNetwork(experiment);
  const variables = allVariables(network, {});
  const at = { step: 0, steps: 3, epoch: 0, rate: 1, stepsPerEpoch: 3 };
  const inputs = await assemble(experiment, network.objectives, orders(experiment, seedOf(1)), at);
  const runner = eagerRunner();
  const before = valuesOf(variables);
  const tensors = memory().numTensors;
  const told = await runner.step('gradients', gradientStep(experiment, network, 0)).run(inputs);
  expect(memory().numTensors).toBe(tensors);
  expect(valuesOf(variables)).toEqual(before);
  await runner.step('train', trainingStep(experiment, network, {})).run(inputs);
  const after = valuesOf(variables);
  expect(Object.keys(told).length).toBeGreaterThan(10);
  for (const [name, { data }] of Object.entries(told)) {
    const moved = before[name]?.map((v, i) => v - (after[name]?.[i] ?? NaN));
    expect(
      data.some((g) => g !== 0),
      name,
    ).toBe(true);
    data.forEach((g, i) => expect(moved?.[i], name).toBeCloseTo(g, 4));
  }
  disposeNetwork(network);
});

it('tells the same at every look while weights stand still, of a part of the batch where that is trained in parts', async () => {
  const streams = [streamOf({ batch: 8 })];
  const experiment = { ...tinyExperiment([task], { streams }), microBatches: 2 };
  const training = await prepareTraining(experiment, { runner: eagerRunner() });
  const looks = [await training.gradients(), await training.gradients()];
  expect(looks[1]).toEqual(looks[0]);
  training.dispose();
});
