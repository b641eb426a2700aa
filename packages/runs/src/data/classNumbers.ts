import type { Dataset, SplitName } from '@understory/core';
import {
  classBalance,
  labelOrder,
  totalVariation,
  type ClassBalance,
  type LabelOrder,
} from '@understory/datasets';
import type { SplitCounts } from './countData.ts';

/** How classes lie in the splits. */
export interface ClassNumbers {
  /** Of each split that has images with classes. */
  readonly balance: readonly (ClassBalance & { readonly split: SplitName })[];
  /** ½ Σ |p − q| of the shares of classes: how differently two splits are made up. */
  readonly variation: readonly {
    readonly splits: readonly [SplitName, SplitName];
    readonly distance: number;
  }[];
  /** Order of the training images, where each has one class. */
  readonly order?: LabelOrder;
}

/** Balance and order of a dataset's classes, from its counts. */
export const classNumbers = (dataset: Dataset, splits: readonly SplitCounts[]): ClassNumbers => {
  const counted = splits.flatMap(({ split, byClass }) =>
    byClass && byClass.some((count) => count > 0) ? [{ split, byClass }] : [],
  );
  const balance = counted.map(({ split, byClass }) => ({ split, ...classBalance(byClass) }));
  const [first, ...others] = counted;
  const variation = others.map(({ split, byClass }) => ({
    splits: [first?.split ?? split, split] as const,
    distance: totalVariation(first?.byClass ?? [], byClass),
  }));
  const order = dataset.train.groups && labelOrder(dataset.train.groups);
  return { balance, variation, ...(order && { order }) };
};
