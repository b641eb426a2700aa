import { resnet } from '@understory/backbones';
import {
  buildNetwork,
  float32,
  forward,
  int32,
  optimizerState,
  seedOf,
  trainingStep,
  uint8,
  type Experiment,
  type NdArray,
  type Objective,
  type Runner,
  type Step,
  type TrainingNetwork,
  classesOf,
  classLogits,
  classification,
} from '@understory/core';
import { sgd } from '@understory/optimizers';
import { blankDataset, fillKernels, givenView } from './reference.ts';
import { concat, div, norm, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';

export interface GoldenCase {
  readonly labels: readonly number[];
  readonly classes: number;
  readonly width: number;
  readonly rate: number;
}

/** The released CIFAR recipe on a ResNet-18, with two given views of a few images. */
export const goldenExperiment = (
  { labels, classes, width, rate }: GoldenCase,
  objectives: readonly Objective[],
): Experiment => {
  const dataset = blankDataset(labels, classes, 32);
  const batch = labels.length;
  const views = [[givenView(batch, 32, 1)], [givenView(batch, 32, 2)]];
  return {
    name: 'golden',
    seed: 0,
    epochs: 1,
    dataset,
    streams: [{ name: 'train', samples: dataset.train, batch, views, labelled: true }],
    lastBatch: 'keep',
    task: classification,
    backbone: (request) => resnet({ variant: 'resnet18', stem: 'cifar', width, ...request }),
    objectives,
    optimizer: sgd({ momentum: 0.9, weightDecay: 5e-4 }),
    schedule: () => () => rate,
    metrics: [],
    selectOn: 'validation',
    teacher: () => Promise.reject(new Error('no teacher')),
  };
};

const given = ({ streams: [{ views }] }: Experiment): NdArray[] =>
  views.map(([view]) => view!.sample([seedOf(0).rng()], [32, 32])['images']!);

/** Inputs of a training step of a golden case. */
export const goldenInputs = (experiment: Experiment, step: number): Record<string, NdArray> => {
  const { samples, batch } = experiment.streams[0];
  const labels = classesOf(samples);
  return {
    'train/images': uint8(new Uint8Array(batch * 32 * 32 * 3), [batch, 32, 32, 3]),
    'train/target/label': int32(labels, [batch]),
    'train/positions': int32(Int32Array.from(labels.keys()), [batch]),
    ...Object.fromEntries(given(experiment).map((images, v) => [`train/view${v}/0/images`, images])),
    rate: float32([experiment.schedule({ stepsPerEpoch: 1, epochs: 1 })(step)], []),
    step: float32([step], []),
    epoch: float32([step], []),
    seed: int32([0, 0], [2]),
  };
};

/** The case's network with deterministic weights, and its training step on the same batch again and again. */
export const goldenTraining = async (
  experiment: Experiment,
  runner: Runner,
): Promise<{ network: TrainingNetwork; run: (step: number) => ReturnType<Step['run']> }> => {
  const network = await buildNetwork(experiment);
  [network.backbone.model, ...Object.values(network.modules)].forEach(fillKernels);
  const step = runner.step('train', trainingStep(experiment, network, optimizerState(experiment, network)), {
    guard: true,
  });
  return { network, run: (i) => step.run(goldenInputs(experiment, i)) };
};

/** Logits and the unit embeddings of all taps and the pooled feature, shallow to deep, of both views stacked. */
export const goldenForward = async (
  experiment: Experiment,
  { network, runner }: { network: TrainingNetwork; runner: Runner },
  training: boolean,
) => {
  const unit = (x: Tensor): Tensor => div(x, norm(x, 2, 1, true));
  const step = runner.step('forward', ({ first, second }) => {
    const seen = forward(network, concat([first as Tensor4D, second as Tensor4D]), {
      training,
      keepStatistics: true,
    });
    const heads = Object.values(network.modules);
    const embeddings = heads.map((head, i) =>
      unit(head.apply(seen.taps[i]!, { training, keepStatistics: true }) as Tensor),
    );
    const all = [...embeddings, unit(seen.pooled)];
    return { logits: classLogits(seen), ...Object.fromEntries(all.map((e, i) => [`embedding${i}`, e])) };
  });
  const [first, second] = given(experiment) as [NdArray, NdArray];
  const out = await step.run({ first, second });
  return { logits: out['logits']!.data, embeddings: [0, 1, 2, 3].map((i) => out[`embedding${i}`]!.data) };
};
