import { cifarViews, imagenetViews } from '@understory/augmentations';
import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';

/** `paper` is the paper's recipe; `pocket` a budget for two cores at which the methods still differ. */
export type Scale = 'pocket' | 'paper';

export type Views = NonNullable<ExperimentInput['views']>;

/** A config without its data: what rows of a table share. */
export type Budget = Omit<ExperimentInput, 'dataset'> & { readonly epochs: number; readonly batch: number };

/** So many of the views, as a config holds them: it is changed by whoever it is given to. */
export const someViews = (views: readonly (readonly Spec[])[], count: number): Views =>
  views.slice(0, count).map((view) => [...view]);

/**
 * So many of the two views of 32 pixels. Paper: the official code's. Pocket: those without the cutout, which takes a quarter
 * of each image away and costs more than it gives in few epochs; all methods of all tables share the first one.
 */
export const viewsAt = (scale: Scale, count: 1 | 2): Views =>
  someViews(cifarViews(), count).map((view) =>
    view.filter(([name]) => scale === 'paper' || name !== 'cutout'),
  );

/** So many of the two views of photographs, `side` pixels of the dataset's squares. */
export const photoViewsAt = (side: number, count: 1 | 2): Views => someViews(imagenetViews(side), count);

/** Passes of a pocket run over its 5,000 images. */
export const POCKET_EPOCHS = 20;

/** What a paper's classifiers are measured by: top-1 and top-5, and calibration in 15 bins as in the 5 of its diagrams. */
const METRICS: Spec[] = [
  ['accuracy', { top: [1, 5] }],
  ['calibration', { also: [5] }],
];

/** Momentum of 0.9 on every parameter, batch norm's and biases too, as the released code has it. */
const sgd = (weightDecay: number): Spec => ['sgd', { momentum: 0.9, weightDecay }];

/** The released CIFAR recipe. It keeps the weights that are best on test images; the last epoch's stand beside them. */
const CIFAR = {
  epochs: 300,
  batch: 128,
  lastBatch: 'keep',
  optimizer: sgd(5e-4),
  schedule: ['multi-step', { rate: 0.1, milestones: [90, 180, 280], factor: 0.1 }],
  selectOn: 'test',
  metrics: METRICS,
} satisfies Budget;

/** The released ImageNet recipe: a tenth of the rate every 30 epochs, evaluated on the middle of a dataset's squares. */
const IMAGENET = {
  epochs: 90,
  batch: 256,
  lastBatch: 'keep',
  optimizer: sgd(1e-4),
  schedule: ['step', { rate: 0.1, every: 30, factor: 0.1 }],
  inferenceCrop: [224, 224],
  selectOn: 'validation',
  metrics: METRICS,
} satisfies Budget;

/** Part D's presets of fine-tuning: new layers learn ten times as fast as those that begin with trained weights. */
const fineTuning = (batch: number, rate: number) =>
  ({
    epochs: 100,
    batch,
    lastBatch: 'keep',
    optimizer: [
      'sgd',
      { momentum: 0.9, weightDecay: 5e-4, rates: { 'backbone/*': 0.1, 'backbone/classifier*': 10 } },
    ],
    schedule: ['cosine', { rate: 10 * rate }],
    selectOn: 'test',
    metrics: METRICS,
  }) satisfies Budget;

/** How the paper trains on each kind of data. */
export const PAPER_RECIPES = {
  cifar: CIFAR,
  imagenet: IMAGENET,
  fine224: fineTuning(32, 0.01),
  fine448: fineTuning(16, 0.005),
} satisfies Record<string, Budget>;

/** Few epochs on few images; half the released rate, as the batch is half the released one. */
export const pocketBudget = (epochs = POCKET_EPOCHS) =>
  ({
    epochs,
    batch: 64,
    lastBatch: 'drop',
    schedule: ['cosine', { rate: 0.05, warmupEpochs: 1 }],
  }) satisfies Budget;

/** Width of a pocket network. */
export const POCKET_WIDTH = 0.25;

/** How long and how wide on pictures of 32 pixels: the released CIFAR recipe, or a quarter of the width for few epochs. */
export const budget = (scale: Scale, pocketEpochs = POCKET_EPOCHS): Budget & { readonly width: number } =>
  scale === 'paper'
    ? { width: 1, ...structuredClone(CIFAR) }
    : { width: POCKET_WIDTH, ...pocketBudget(pocketEpochs) };
