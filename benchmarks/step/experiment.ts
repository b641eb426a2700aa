import { existsSync } from 'node:fs';
import path from 'node:path';
import { cifarViews, type ViewSpec } from '../../packages/augmentations/src/index.ts';
import {
  AUGMENTATION,
  BACKBONE,
  classification,
  classSamples,
  DATASET,
  LABEL,
  seedOf,
  float32,
  int32,
  uint8,
  alone,
  buildNetwork,
  optimizerState,
  trainingStep,
} from '../../packages/core/src/index.ts';
import type { Dataset, Experiment, NdArrays, Samples, Workers } from '../../packages/core/src/index.ts';
import { shareOf } from '../../packages/core/src/data/share.ts';
import { compiledRunner, type CompiledRunnerOptions } from '../../packages/engine/src/index.ts';
import { crossEntropy as crossEntropyLoss, supCon } from '../../packages/losses/src/index.ts';
import { sgd } from '../../packages/optimizers/src/index.ts';
import { defaultPlugins } from '../../packages/recipes/src/index.ts';
import { createRegistry } from '../../packages/registry/src/index.ts';
import { contrastiveDeepSupervision, crossEntropy, sepConv } from '../../packages/supervision/src/index.ts';

/** Images of noise with labels in turn. */
export const noiseSamples = ({
  length,
  size,
  classes,
}: {
  readonly length: number;
  readonly size: number;
  readonly classes: number;
}): Samples => {
  const each = size * size * 3;
  const pixel = (i: number): number => (Math.imul(i, 2654435761) >>> 24) & 255;
  return classSamples({
    length,
    size: [size, size],
    labels: Int32Array.from({ length }, (_, i) => (i * 7) % classes),
    read: (positions) =>
      Promise.resolve(
        Uint8Array.from({ length: positions.length * each }, (_, i) =>
          pixel(positions[Math.floor(i / each)]! * each + (i % each)),
        ),
      ),
    describe: String,
  });
};

export interface Task {
  readonly batch: number;
  readonly classes: number;
  /** A backbone's name in the registry; `resnet18` where nothing is said. */
  readonly model?: string;
  readonly width?: number;
  /** The two views of a step; the images as they are, twice, where nothing is said. */
  readonly views?: readonly ViewSpec[];
}

export const registry = createRegistry(defaultPlugins);

const noise = (samples: Samples, classes: number): Dataset => {
  const none = { ...samples, length: 0, groups: new Int32Array() };
  return {
    name: 'noise',
    classes: Array.from({ length: classes }, (_, i) => String(i)),
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    ...{ train: samples, validation: none, test: none, leftOut: [] },
  };
};

/** Images in class folders, in a folder or a tar, or a folder of packed shards; each decoded whenever it is read. */
export const openFiles = (root: string, size: number): Promise<Dataset> => {
  const name = existsSync(path.join(root, 'manifest.json')) ? 'shards' : 'images';
  const options = { root, size: [size, size], cache: 0, testShare: 0.05 };
  return registry.make(DATASET, [name, options])({ seed: seedOf(1) });
};

/** The crops and flips with which networks are trained on small images, in two views. */
export const cropViews: readonly ViewSpec[] = [
  [['crop', { pad: 4, fill: 0 }], 'flip'],
  [['crop', { pad: 4, fill: 0 }], 'flip'],
];

export { cifarViews };

/** The stem that a backbone has for images of so many pixels a side. */
const stemFor = ([side]: Samples['size']): string => (side > 64 ? 'imagenet' : 'cifar');

/** Contrastive deep supervision of a backbone on a dataset. */
export const experimentOn = (
  dataset: Dataset,
  { batch, model = 'resnet18', width = 1, views = [[], []] }: Omit<Task, 'classes'>,
): Experiment => ({
  name: 'benchmark',
  seed: 1,
  epochs: 1,
  dataset,
  streams: [
    {
      ...{ name: 'train', samples: dataset.train, batch, labelled: true },
      views: views.map((view) => view.map((spec) => registry.make(AUGMENTATION, spec))),
    },
  ],
  lastBatch: 'drop',
  task: classification,
  backbone: registry.make(BACKBONE, [model, { width, stem: stemFor(dataset.train.size) }]),
  objectives: [
    crossEntropy({ loss: crossEntropyLoss() }),
    contrastiveDeepSupervision({ loss: supCon({ temperature: 0.07 }), head: sepConv() }),
  ],
  optimizer: sgd({ momentum: 0.9, weightDecay: 5e-4 }),
  schedule: () => () => 0.01,
  metrics: [],
  selectOn: 'test',
  teacher: () => Promise.reject(new Error('No teacher here')),
});

export const experimentOf = (samples: Samples, { classes, ...task }: Task): Experiment =>
  experimentOn(noise(samples, classes), task);

/** A compiled step that trains on samples, and its inputs; it is traced when it first runs. */
export const openStep = async (
  samples: Samples,
  experiment: Experiment,
  options: CompiledRunnerOptions = {},
) => {
  const network = await buildNetwork(experiment);
  const runner = compiledRunner(options);
  const step = runner.step('train', trainingStep(experiment, network, optimizerState(experiment, network)));
  return { runner, step, inputs: await inputsOf(samples) };
};

/** The inputs of a step that sees all samples, or of one of several workers its share of them. */
export const inputsOf = async (
  { size, ...samples }: Samples,
  workers: Pick<Workers, 'size' | 'rank'> = alone,
): Promise<NdArrays> => {
  const { own: positions } = shareOf(
    Int32Array.from({ length: samples.length }, (_, i) => i),
    workers,
  );
  const { length } = positions;
  const { [LABEL]: labels } = await samples.readTargets(positions);
  if (!labels) throw new Error('Samples without classes');
  return {
    rate: float32([0.01], []),
    step: float32([0], []),
    epoch: float32([0], []),
    seed: int32([1, 2], [2]),
    'train/images': uint8(await samples.read(positions), [length, ...size, 3]),
    [`train/target/${LABEL}`]: labels,
    'train/positions': int32(positions, [length]),
  };
};
