import { resnet } from '@understory/backbones';
import {
  prepareTraining,
  type Experiment,
  type Objective,
  type Runner,
  type Task,
  type Training,
} from '@understory/core';
import { fasterRcnn } from '../fasterRcnn/fasterRcnn.ts';
import { fasterRcnnLoss } from '../fasterRcnn/fasterRcnnLoss.ts';
import { retinanet } from '../retinanet/retinanet.ts';
import { retinanetLoss } from '../retinanet/retinanetLoss.ts';
import { rmsProp, squaresDataset } from './squares.test.support.ts';

export interface Detector {
  readonly task: Task;
  readonly loss: Objective;
}

/** Small detectors of either variant, which tell boxes of such a probability. */
export const detectorsOf = (told: { readonly least?: number } = {}): Readonly<Record<string, Detector>> => ({
  retinanet: { task: retinanet({ ...told, width: 32, depth: 1, base: 2 }), loss: retinanetLoss() },
  "retinanet, torchvision's": {
    task: retinanet({ ...told, width: 32, depth: 1, variant: 'torchvision' }),
    loss: retinanetLoss({ boxLoss: 'giou' }),
  },
  'faster-rcnn': {
    task: fasterRcnn({ ...told, width: 32, hidden: 64, proposals: 60 }),
    loss: fasterRcnnLoss({ anchors: 64, regions: 32 }),
  },
  "faster-rcnn, torchvision's": {
    task: fasterRcnn({ ...told, width: 32, hidden: 64, proposals: 60, variant: 'torchvision' }),
    loss: fasterRcnnLoss({ anchors: 64, regions: 32 }),
  },
});

export const DETECTORS = detectorsOf();

/** A run of a detector on rectangles, or on other images. */
export const experimentOf = (
  { task, loss }: Detector,
  { dataset = squaresDataset(), ...more }: Partial<Experiment> = {},
): Experiment => {
  return {
    name: 'squares',
    seed: 3,
    epochs: 2,
    dataset,
    streams: [{ name: 'train', samples: dataset.train, batch: 8, views: [[]], labelled: true }],
    lastBatch: 'drop',
    task,
    backbone: (request) =>
      resnet({ variant: 'resnet18', stem: 'imagenet', width: 0.25, ...request, seed: 3 }),
    objectives: [loss],
    optimizer: rmsProp,
    schedule: () => () => 0.002,
    metrics: [],
    selectOn: 'validation',
    teacher: () => Promise.reject(new Error('none')),
    ...more,
  };
};

/** Losses of the first steps. */
export const losses = async (training: Training, steps: number): Promise<number[]> => {
  const seen: number[] = [];
  for await (const event of training.events()) {
    if (event.type !== 'step') continue;
    seen.push(event.loss);
    if (seen.length === steps) break;
  }
  return seen;
};

/** Losses of a run's first steps, after which it is gone. */
export const trained = async (experiment: Experiment, runner: Runner, steps: number): Promise<number[]> => {
  const training = await prepareTraining(experiment, { runner });
  const seen = await losses(training, steps);
  training.dispose();
  return seen;
};
