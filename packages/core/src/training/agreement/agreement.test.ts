import { readFileSync } from 'node:fs';
import {
  div,
  eye,
  logSoftmax,
  mean,
  memory,
  mul,
  neg,
  reshape,
  sub,
  sum,
  matMul,
  tensor1d,
  tensor2d,
  tidy,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import type { Backbone } from '../../contracts/backbone.ts';
import type { Evaluator, GradientAgreement } from '../../contracts/evaluator.ts';
import type { Experiment } from '../../contracts/experiment.ts';
import type { Objective, StepContext } from '../../contracts/objective.ts';
import { unitVectors } from '../../ops/unitVectors.ts';
import type { Named } from '../../named.ts';
import {
  classLoss,
  memoryStore,
  streamOf,
  streamTensor,
  tinyBackbone,
  tinyExperiment,
} from '../../testing/index.ts';
import { readCheckpoint } from '../checkpoint.ts';
import { eagerRunner } from '../eagerRunner.ts';
import { buildNetwork, disposeNetwork, variablesOf } from '../network.ts';
import { runToEnd } from '../runToEnd.ts';
import { prepareTraining } from '../train.ts';
import { agreementOf } from './agreement.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../../testdata/agreement.json', import.meta.url), 'utf8'),
) as Readonly<Record<'task' | 'byImage' | 'parameters' | 'ratio', number>>;

const task: Objective = {
  name: 'task',
  build: () => ({ modules: {}, terms: (step) => ({ terms: { ce: { value: classLoss(step), weight: 1 } } }) }),
};

/** SupCon at τ = 0.5 of a tap's map, whose rows are two views. */
const contrastOf = ({ taps, target }: StepContext, index: number) => {
  const map = taps[index]!;
  const rows = map.shape[0];
  const flat: Tensor2D = reshape(map, [rows, -1]);
  const z = unitVectors(flat);
  const labels = reshape(target('label', {}), [-1, 1]);
  const same = mul(
    tensor2d(
      Array.from(labels.dataSync()).flatMap((a) => Array.from(labels.dataSync(), (b) => Number(a === b))),
      [rows, rows],
    ),
    sub(1, eye(rows)),
  );
  const logits = sub(div(matMul(z, z, false, true), 0.5), mul(eye(rows), 1e9));
  const logP = mul(logSoftmax(logits), sub(1, eye(rows)));
  return neg(mean(div(sum(mul(same, logP), 1), sum(same, 1))));
};

const contrast = (weight = 1, tap = 'stage1', index = 0): Objective => ({
  name: 'contrast',
  views: 2,
  build: () => ({
    modules: {},
    terms: (step) => ({ terms: { [tap]: { value: contrastOf(step, index) as never, weight } } }),
  }),
});

/** h = relu(x·W), then logits; one tap, h. */
const oneLayer = (): Backbone => {
  const images = input({ shape: [1, 2, 3] });
  const conv = layers.conv2d({ name: 'conv', filters: 5, kernelSize: [1, 2], useBias: false });
  const map = layers.reLU({ name: 'relu' }).apply(conv.apply(images)) as SymbolicTensor;
  const pooled = layers.flatten({ name: 'flat' }).apply(map) as SymbolicTensor;
  const classifier = layers.dense({ name: 'classifier', units: 3, useBias: false });
  const made = model({ inputs: images, outputs: [map, pooled, classifier.apply(pooled) as SymbolicTensor] });
  tidy(() => {
    conv.setWeights([reshape(streamTensor([6, 5], 741), [1, 2, 3, 5])]);
    classifier.setWeights([streamTensor([5, 3], 742)]);
  });
  return {
    ...{ name: 'one-layer', model: made, features: 5, classes: 3 },
    taps: [{ name: 'stage1', channels: 5, stride: 1 }],
    initialize: () => undefined,
  };
};

/** What the step tells of the golden inputs, with the contrastive term weighted. */
const compared = async (weight: number): Promise<Record<string, number>> => {
  const objectives = [task, contrast(weight)];
  const made = tinyExperiment(objectives, { streams: [streamOf({ views: 2 })] });
  const experiment: Experiment = { ...made, backbone: oneLayer };
  const network = await buildNetwork(experiment);
  const told = tidy(() => {
    const labels = tensor1d([0, 1, 2, 1], 'int32');
    const images: Tensor4D = reshape(streamTensor([8, 6], 740), [8, 1, 2, 3]);
    const found = agreementOf({
      experiment,
      network,
      given: {
        inputs: { 'train/positions': labels, seed: tensor1d([1, 2], 'int32') },
        images,
        targets: { train: [{ label: labels }, { label: labels }] },
        trained: variablesOf(network.backbone.model, 'backbone', true),
      },
    });
    return Object.fromEntries(Object.entries(found).map(([name, t]) => [name, t.dataSync()[0]!]));
  });
  disposeNetwork(network);
  return told;
};

describe('gradients of a tap’s terms and of the task', () => {
  it('agree as much as the reference says, by image and by weights', async () => {
    const found = await compared(1);
    expect(found['task']).toBeCloseTo(golden.task, 5);
    expect(found['stage1/byImage']).toBeCloseTo(golden.byImage, 5);
    expect(found['stage1/parameters']).toBeCloseTo(golden.parameters, 5);
    expect(found['stage1/ratio']).toBeCloseTo(golden.ratio, 5);
  });
  it('turn round where the term is negated, and grow with its weight', async () => {
    const found = await compared(-3);
    expect(found['stage1/byImage']).toBeCloseTo(-golden.byImage, 5);
    expect(found['stage1/parameters']).toBeCloseTo(-golden.parameters, 5);
    expect(found['stage1/ratio']).toBeCloseTo(3 * golden.ratio, 4);
  });
});

/** Looks at everything that a training under way shows. */
const curious = (seen: (looks: readonly Named<GradientAgreement>[]) => void): Evaluator => ({
  name: 'curious',
  when: 'epoch',
  async evaluate({ samples, taps = [], training, ...request }) {
    if (!training) return {};
    const [first, second] = training.viewed(samples)!;
    const outputs = taps.map((tap) => `tap/${tap}`);
    const pairs = [await request.infer(first, outputs), await request.infer(second, outputs, [3, 1])];
    const again = await request.infer(second, outputs, [1]);
    expect(pairs[1]!['tap/stage1']!.data.slice(2)).toEqual(again['tap/stage1']!.data);
    seen(await training.agreement(2));
    return { [`${taps[0]!}/curious`]: training.shown };
  },
});

const small: Experiment['backbone'] = ({ classes, size: [size] }) =>
  tinyBackbone({ classes, size, planes: [2, 2, 3, 3] });

/** Every weight, average and state of the last checkpoint, and what the epochs told. */
const run = async (evaluators: readonly Evaluator[], own: Partial<Experiment> = {}) => {
  const store = memoryStore();
  const streams = [streamOf({ batch: 4, views: 2 })];
  const made = tinyExperiment([task, contrast(0.1, 'stage2', 1)], { steps: 10, streams, backbone: small });
  const dataset = { ...made.dataset, validation: made.dataset.train, test: made.dataset.train };
  const experiment: Experiment = { ...made, dataset, average: 0.9, ...own, evaluators };
  const training = await prepareTraining(experiment, { runner: eagerRunner(), store });
  const before = memory().numTensors;
  const { done } = await runToEnd(training, []);
  const leaked = memory().numTensors - before;
  training.dispose();
  const { tensors } = readCheckpoint((await store.load('last'))!, 'test');
  return { tensors, leaked, done };
};

describe('an evaluator that looks at the training under way', () => {
  it('changes no bit of what is trained, and leaves no tensor', async () => {
    const looks: (readonly Named<GradientAgreement>[])[] = [];
    const [without, watched] = [await run([]), await run([curious((seen) => looks.push(seen))])];
    expect(watched.tensors).toEqual(without.tensors);
    expect(watched.leaked).toBe(without.leaked);
    expect(looks.flat().map((batch) => Object.keys(batch))).toEqual(looks.flat().map(() => ['stage2']));
    expect(looks[0]).toHaveLength(2);
    expect(looks[0]).not.toEqual(looks[1]);
    expect(watched.done.result?.best.test['stage1/curious']).toBe(8);
  });
  it('sees the same at every look while weights stand still', async () => {
    const looks: (readonly Named<GradientAgreement>[])[] = [];
    await run([curious((seen) => looks.push(seen))], { schedule: () => () => 0, average: 0.5 });
    expect(looks[1]).toEqual(looks[0]);
  });
});
