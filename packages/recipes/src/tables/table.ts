import { cifarViews } from '@understory/augmentations';
import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';

/** One row of a table: a way to train. */
export interface Row {
  readonly label: string;
  /** Part of the run's folder name. */
  readonly key: string;
  /** A row that builds on another's run is told its folder by the other's key. */
  readonly config: ExperimentInput | ((runOf: (key: string) => string) => ExperimentInput);
  /** Key of the row whose run must be there before. */
  readonly after?: string;
  /** The one seed that it is trained with, where every seed of the rows that build on it takes the same run. */
  readonly seed?: number;
  /** The paper's number for this row, as the table prints it. */
  readonly paper?: string;
}

/** A number that a table shows, by the metric that gives it. */
export interface Measure {
  readonly metric: string;
  /** Head of its column. */
  readonly label: string;
}

/** What tables of classifiers show. */
export const OF_CLASSES: readonly [Measure, Measure] = [
  { metric: 'accuracy', label: 'top-1' },
  { metric: 'ece', label: 'ECE' },
];

/** A comparison that `understory reproduce` makes: every row with every seed. */
export interface Table {
  readonly name: string;
  readonly title: string;
  /** What the paper's column holds. */
  readonly paperColumn?: string;
  /** The number by which rows are compared, and one that stands beside it; those of classifiers where absent. */
  readonly measures?: readonly [Measure, Measure];
  readonly rows: readonly Row[];
  /** Key of the row that the others are measured against. */
  readonly reference: string;
  readonly seeds: number;
  /** The first of them; 0 where absent. */
  readonly firstSeed?: number;
  /** Which images its numbers are of, `test` where absent. Of a table for choosing it is `validation`, and nothing of test images is kept. */
  readonly told?: 'validation' | 'test';
  /** Whether its dataset comes with the software, so that it needs no data. */
  readonly bringsData?: boolean;
}

/** The seeds that a table is made with, `count` of them. */
export const seedsOf = ({ firstSeed = 0, seeds }: Table, count = seeds): number[] =>
  Array.from({ length: count }, (_, i) => firstSeed + i);

/** A table's row by key; the key is one of its own. */
export const rowOf = ({ rows }: Table, key: string): Row => rows.find((row) => row.key === key)!;

/** The seed that a row is trained with where the table is at this one. */
export const seedOfRow = (row: Row, seed: number): number => row.seed ?? seed;

/** `full` is the paper's recipe; `pocket` a budget for two cores at which the methods still differ. */
export type Scale = 'pocket' | 'full';

export interface TableRequest {
  readonly scale: Scale;
  /**
   * CIFAR-10: a folder or tar of the official binary files, or image folders or tars of them (train, test). Of detectors: a
   * folder or tar of boxes, Pascal VOC's layout (pocket) or COCO's (full).
   */
  readonly data: string;
  readonly test?: string;
  /** What backbones of detectors are trained on first, one folder a class: CIFAR-10 (pocket) or ImageNet (full). */
  readonly pretrain?: string;
  readonly pretrainTest?: string;
}

const isBinary = ({ data, test }: TableRequest): boolean => test === undefined && !/images?/i.test(data);

/** CIFAR-10 at a scale; pocket: 5,000 training images, 500 to choose the epoch by, 2,000 to test on. */
export const cifar10At = (request: TableRequest, { validation = 500 } = {}): Spec => {
  const limit = request.scale === 'pocket' ? { limit: { train: 5000, validation, test: 2000 } } : {};
  if (isBinary(request)) return ['cifar10', { root: request.data, ...limit }];
  const images = { root: request.data, ...(request.test !== undefined && { test: request.test }) };
  return ['images', { ...images, size: [32, 32], normalization: 'cifar10', ...limit }];
};

type Views = NonNullable<ExperimentInput['views']>;

/**
 * So many of the two views. Full: the official code's. Pocket: those without the cutout, which takes a quarter of each
 * image away and costs more than it gives in few epochs; all methods of all tables share the first one.
 */
export const viewsAt = (scale: Scale, count: 1 | 2): Views => {
  const views = cifarViews().slice(0, count);
  return views.map((view) => view.filter(([name]) => scale === 'full' || name !== 'cutout'));
};

/** Passes of a pocket run over its 5,000 images. */
export const POCKET_EPOCHS = 20;

interface Budget extends ExperimentInput {
  readonly width: number;
  readonly epochs: number;
}

/** How long and how wide: the released CIFAR recipe, or a quarter of the width for few epochs. */
export const budget = (scale: Scale, pocketEpochs = POCKET_EPOCHS): Budget =>
  scale === 'full'
    ? { dataset: '', width: 1, epochs: 300, batch: 128, schedule: 'multi-step' }
    : {
        dataset: '',
        width: 0.25,
        epochs: pocketEpochs,
        batch: 64,
        lastBatch: 'drop',
        // Half the released rate, as the batch is half the released one.
        schedule: ['cosine', { rate: 0.05, warmupEpochs: 1 }],
      };
