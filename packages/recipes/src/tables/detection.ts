import type { ExperimentInput } from '@understory/config';
import { UnderstoryError, type Spec } from '@understory/core';
import { dataOf, officialSource, sourceBefore, type TableRequest } from './data.ts';
import { fromImagenet } from './fineGrained.ts';
import { IMAGENET_CHOICES } from './imagenet.ts';
import { COCO } from './paper.ts';
import { viewsAt, type Scale } from './protocol.ts';
import { objectivesOf, SUPERVISION } from './methods.ts';
import type { Row, Source, Table } from './table.ts';

type Detector = 'retinanet' | 'faster-rcnn';

/** Where `understory data get` puts COCO or, for a pocket, Pascal VOC 2007. */
const usualPlace = (scale: Scale): string => dataOf(scale === 'paper' ? 'coco2017' : 'voc2007', { scale });

/** How each detector is built and trained at each scale. */
interface DetectorSettings {
  readonly task: Readonly<Record<Scale, Spec>>;
  readonly loss: Readonly<Record<Scale, Spec>>;
  /** mmdetection's learning rate for 16 images. */
  readonly rate: number;
  /** Largest norm of a pocket step's gradients: single steps of RetinaNet's warm-up had norms of 300 where 2 is usual. */
  readonly clip?: number;
  readonly label: string;
}

const DETECTORS: Readonly<Record<Detector, DetectorSettings>> = {
  retinanet: {
    label: 'RetinaNet',
    task: { pocket: ['retinanet', { width: 64, depth: 2, base: 2 }], paper: 'retinanet' },
    loss: { pocket: 'retinanet-loss', paper: 'retinanet-loss' },
    rate: 0.01,
    clip: 5,
  },
  'faster-rcnn': {
    label: 'Faster R-CNN',
    task: {
      pocket: ['faster-rcnn', { width: 64, hidden: 256, base: 4, proposals: 300 }],
      paper: 'faster-rcnn',
    },
    loss: { pocket: ['faster-rcnn-loss', { regions: 128 }], paper: 'faster-rcnn-loss' },
    rate: 0.02,
  },
};

/** What pocket backbones are trained on first. Errors: `options` where nothing is named. */
const pretrainingImages = ({ pretrain, pretrainTest }: TableRequest) => {
  if (pretrain !== undefined)
    return {
      root: pretrain,
      ...(pretrainTest !== undefined && { test: pretrainTest }),
      normalization: 'imagenet',
    };
  throw new UnderstoryError(
    'options',
    'Backbones of detectors are trained on other images first. Name them, one folder a class: --pretrain with CIFAR-10, and ' +
      '--pretrain-test where its test images lie apart.',
  );
};

/** How a pocket backbone is pre-trained: CIFAR-10 at 64 pixels, 10,000 images. */
const pretraining = (request: TableRequest, views: 1 | 2): ExperimentInput => {
  const limit = { train: 10_000, validation: 500, test: 2000 };
  return {
    dataset: ['images', { ...pretrainingImages(request), size: [64, 64], limit }],
    backbone: ['resnet18', { width: 0.25, stem: 'imagenet' }],
    views: viewsAt('pocket', views),
    epochs: 5,
    batch: 64,
    lastBatch: 'drop',
    schedule: ['cosine', { rate: 0.05, warmupEpochs: 1 }],
  };
};

const VIEW: NonNullable<ExperimentInput['views']>[number] = ['flip', 'scale-jitter', 'photometric'];

/** mmdetection's warm-up of 500 steps, in epochs of 117,266 images with boxes, 16 a step. */
const WARMUP = 500 / Math.ceil(117_266 / 16);

/** How a detector is trained. Pocket: any small dataset of boxes at 192×256. Paper: COCO, mmdetection's 1× schedule. */
const training = ({ scale, data = usualPlace(scale) }: TableRequest, detector: Detector): ExperimentInput => {
  const { task, loss, rate, clip } = DETECTORS[detector];
  const own = { task: task[scale], objectives: [loss[scale]] };
  if (scale === 'paper')
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
      schedule: ['multi-step', { rate, milestones: [8, 11], factor: 0.1, warmupEpochs: WARMUP }],
      selectOn: 'validation',
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
const pretrainingRows = (request: TableRequest): Row[] => {
  if (request.scale === 'paper') return fromImagenet(request);
  return SUPERVISION.map((method) => ({
    label: `pre-training, ${method.label}`,
    key: `pre-${method.key}`,
    apart: true,
    seed: 0,
    config: () => ({ ...pretraining(request, method.views ?? 1), objectives: objectivesOf(method) }),
    paper: '–',
  }));
};

const sourcesOf = (request: TableRequest): readonly Source[] =>
  request.scale === 'paper'
    ? [officialSource('coco2017', request), sourceBefore('imagenet', request)]
    : [
        {
          option: '--data',
          what: "boxes in Pascal VOC's layout",
          path: request.data ?? usualPlace('pocket'),
        },
        {
          option: '--pretrain',
          what: 'CIFAR-10, one folder a class',
          ...(request.pretrain !== undefined && { path: request.pretrain }),
        },
      ];

const CHOICES: Readonly<Record<Scale, readonly string[]>> = {
  pocket: ['All of it: the paper has no such scale.'],
  paper: [
    "The paper's baselines are mmdetection's 1× models to the digit, so its settings are taken; the warm-up begins at a step's rise, " +
      'where theirs begins at a thousandth.',
    'Pictures are normalised as the backbone was trained, by the statistics of ImageNet.',
    'A detector from random weights and contrast while it trains (0.02) are rows of ours: all of it learns there, batch norm too.',
    ...IMAGENET_CHOICES,
  ],
};

/** Random weights have no running averages to stand still at, and no first stage that is worth keeping. */
const fromNothing = (config: ExperimentInput): ExperimentInput => {
  const own = { ...config };
  delete own.freeze;
  delete own.batchNorm;
  return own;
};

/** Detectors from random weights, from each method's backbone, and with contrast while they train. */
const detectorRows = (detector: Detector, request: TableRequest, config: ExperimentInput): Row[] => {
  const begun = SUPERVISION.map(({ label, key }): Row => ({
    label: `${label}, pre-trained`,
    key,
    after: `pre-${key}`,
    config: (runOf) => ({ ...config, weights: { run: runOf(`pre-${key}`) } }),
    paper: COCO[detector]?.[key] ?? '–',
  }));
  const random = fromNothing(config);
  const during: Row = {
    label: 'random, CDS while it trains',
    key: 'during',
    config: {
      ...random,
      views: [...(config.views ?? []), ...(config.views ?? [])],
      objectives: [DETECTORS[detector].loss[request.scale], 'region-contrast'],
    },
  };
  return [{ label: 'random', key: 'random', config: random }, ...begun, during];
};

/**
 * A detector from random weights, from backbones that were pre-trained by each method, and with the contrast of what its boxes
 * show while it trains (paper, table 4).
 */
export const detectionTable =
  (detector: Detector) =>
  (request: TableRequest): Table => {
    const config = training(request, detector);
    const where = request.scale === 'paper' ? 'COCO, ResNet-50' : 'resnet18 at width 0.25, 192×256 pixels';
    return {
      name: `detection-${detector}`,
      title: `${DETECTORS[detector].label}, ${where}, ${config.epochs} epochs: pre-training`,
      paperColumn: 'paper, COCO, AP, %',
      measures: [
        { metric: 'AP', label: 'AP' },
        { metric: 'AP50', label: 'AP50' },
      ],
      rows: [...pretrainingRows(request), ...detectorRows(detector, request, config)],
      reference: 'baseline',
      seeds: 3,
      ...(request.scale === 'paper' && { told: 'validation' }),
      sources: sourcesOf(request),
      choices: CHOICES[request.scale],
    };
  };
