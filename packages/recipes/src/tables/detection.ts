import type { ExperimentInput } from '@understory/config';
import { UnderstoryError, type Spec } from '@understory/core';
import { imagenetViews } from '@understory/augmentations';
import { viewsAt, type Row, type Scale, type Table, type TableRequest } from './table.ts';
import { objectivesOf, SUPERVISION } from './methods.ts';

type Detector = 'retinanet' | 'faster-rcnn';

/** How each detector is built and trained at each scale. */
interface DetectorSettings {
  readonly task: Readonly<Record<Scale, Spec>>;
  readonly loss: Readonly<Record<Scale, Spec>>;
  /** mmdetection's learning rate for 16 images. */
  readonly rate: number;
  /** Largest norm of a pocket step's gradients: single steps of RetinaNet's warm-up had norms of 300 where 2 is usual. */
  readonly clip?: number;
  readonly label: string;
  /** Zhang et al. 2022, table 4: COCO, ResNet-50, AP in %, by the way of pre-training. */
  readonly paper: Readonly<Record<string, string>>;
}

const DETECTORS: Readonly<Record<Detector, DetectorSettings>> = {
  retinanet: {
    label: 'RetinaNet',
    task: { pocket: ['retinanet', { width: 64, depth: 2, base: 2 }], full: 'retinanet' },
    loss: { pocket: 'retinanet-loss', full: 'retinanet-loss' },
    rate: 0.01,
    clip: 5,
    paper: { baseline: '36.5', dsn: '36.3', dks: '36.7', dhm: '36.7', cds: '37.3' },
  },
  'faster-rcnn': {
    label: 'Faster R-CNN',
    task: {
      pocket: ['faster-rcnn', { width: 64, hidden: 256, base: 4, proposals: 300 }],
      full: 'faster-rcnn',
    },
    loss: { pocket: ['faster-rcnn-loss', { regions: 128 }], full: 'faster-rcnn-loss' },
    rate: 0.02,
    paper: { baseline: '37.4', dsn: '37.3', dks: '37.5', dhm: '37.6', cds: '38.3' },
  },
};

/** Options of the images that backbones are pre-trained on. Errors: `options` where none are named. */
const pretrainingImages = ({ pretrain, pretrainTest }: TableRequest) => {
  if (pretrain !== undefined)
    return {
      root: pretrain,
      ...(pretrainTest !== undefined && { test: pretrainTest }),
      normalization: 'imagenet',
    };
  throw new UnderstoryError(
    'options',
    'Backbones of detectors are trained on other images first. Name them, one folder a class: --pretrain with CIFAR-10 ' +
      '(pocket) or ImageNet (full), and --pretrain-test where its test images lie apart.',
  );
};

/** How a backbone is pre-trained. Pocket: CIFAR-10 at 64 pixels, 10,000 images. Full: ImageNet, the released recipe. */
const pretraining = (request: TableRequest, views: 1 | 2): ExperimentInput => {
  const images = pretrainingImages(request);
  if (request.scale === 'full')
    return {
      dataset: ['images', { ...images, size: [256, 256] }],
      backbone: ['resnet50', { stem: 'imagenet' }],
      views: imagenetViews()
        .slice(0, views)
        .map((view) => [...view]),
      epochs: 90,
      batch: 256,
      schedule: ['multi-step', { rate: 0.1, milestones: [30, 60], factor: 0.1 }],
    };
  const limit = { train: 10_000, validation: 500, test: 2000 };
  return {
    dataset: ['images', { ...images, size: [64, 64], limit }],
    backbone: ['resnet18', { width: 0.25, stem: 'imagenet' }],
    views: viewsAt('pocket', views),
    epochs: 5,
    batch: 64,
    lastBatch: 'drop',
    schedule: ['cosine', { rate: 0.05, warmupEpochs: 1 }],
  };
};

const VIEW: NonNullable<ExperimentInput['views']>[number] = ['flip', 'scale-jitter', 'photometric'];

/** How a detector is trained. Pocket: any small dataset of boxes at 192×256. Full: COCO, mmdetection's 1× schedule. */
const training = ({ scale, data }: TableRequest, detector: Detector): ExperimentInput => {
  const { task, loss, rate, clip } = DETECTORS[detector];
  const own = { task: task[scale], objectives: [loss[scale]] };
  if (scale === 'full')
    return {
      ...own,
      dataset: ['coco', { root: data, size: { shortest: 800, longest: 1333 }, empty: 'leave-out' }],
      backbone: ['resnet50', { stem: 'imagenet' }],
      freeze: { upTo: 'stage1' },
      batchNorm: 'still',
      views: [['flip']],
      epochs: 12,
      batch: 16,
      optimizer: ['sgd', { momentum: 0.9, weightDecay: 1e-4 }],
      schedule: ['multi-step', { rate, milestones: [8, 11], factor: 0.1 }],
      metrics: ['coco-ap'],
    };
  return {
    ...own,
    dataset: ['voc', { root: data, size: [192, 256] }],
    backbone: ['resnet18', { width: 0.25, stem: 'imagenet' }],
    views: [VIEW],
    epochs: 24,
    batch: 8,
    lastBatch: 'drop',
    optimizer: ['adamw', { weightDecay: 0.01, ...(clip !== undefined && { clip }) }],
    schedule: ['cosine', { rate: 0.002, warmupEpochs: 2 }],
    metrics: [['coco-ap', { first: 'AP50', each: true }]],
  };
};

/** Rows that pre-train a backbone; one run each, whatever the seed of those that build on it. */
const pretrainingRows = (request: TableRequest): Row[] =>
  SUPERVISION.map((method) => ({
    label: `pre-training, ${method.label}`,
    key: `pre-${method.key}`,
    seed: 0,
    config: () => ({ ...pretraining(request, method.views ?? 1), objectives: objectivesOf(method) }),
    paper: '–',
  }));

/**
 * A detector from random weights, from backbones that were pre-trained by each method, and with the contrast of what its boxes
 * show while it trains (paper, table 4).
 */
export const detectionTable =
  (detector: Detector) =>
  (request: TableRequest): Table => {
    const { label: name, loss, paper } = DETECTORS[detector];
    const config = training(request, detector);
    const begun = SUPERVISION.map(({ label, key }): Row => ({
      label: `${label}, pre-trained`,
      key,
      after: `pre-${key}`,
      config: (runOf) => ({ ...config, weights: { run: runOf(`pre-${key}`) } }),
      paper: paper[key] ?? '–',
    }));
    const during: Row = {
      label: 'random, CDS while it trains',
      key: 'during',
      config: {
        ...config,
        views: [...(config.views ?? []), ...(config.views ?? [])],
        objectives: [loss[request.scale], 'region-contrast'],
      },
    };
    const where = request.scale === 'full' ? 'COCO, ResNet-50' : 'resnet18 at width 0.25, 192×256 pixels';
    return {
      name: `detection-${detector}`,
      title: `${name}, ${where}, ${config.epochs} epochs: pre-training`,
      paperColumn: 'paper, COCO, AP, %',
      measures: [
        { metric: 'AP', label: 'AP' },
        { metric: 'AP50', label: 'AP50' },
      ],
      rows: [...pretrainingRows(request), { label: 'random', key: 'random', config }, ...begun, during],
      reference: 'baseline',
      seeds: 3,
    };
  };
