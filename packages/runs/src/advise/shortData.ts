import {
  labelledShare,
  permutation,
  pickSamples,
  seedOf,
  UnderstoryError,
  type Dataset,
  type Samples,
} from '@understory/core';
import { withoutTest } from '../run/withoutTest.ts';

/** Validation images of a short run, at most. */
const MEASURED = 1000;

/** So many samples, of each class as many where they have one; all where there are no more. */
const some = (samples: Samples, count: number): Samples => {
  const { length, groups } = samples;
  if (length <= count) return samples;
  const seed = seedOf(0).at('advise');
  const chosen = groups
    ? labelledShare(groups, count / length, seed)
    : permutation(length, seed.rng()).slice(0, count).sort();
  return pickSamples(samples, chosen);
};

/** A dataset for short runs: some of the training and validation images, and no test image. Errors: `empty-split`. */
export const shortData = (dataset: Dataset, limit: number): Dataset => {
  if (dataset.validation.length > 0)
    return {
      ...withoutTest(dataset),
      train: some(dataset.train, limit),
      validation: some(dataset.validation, MEASURED),
    };
  throw new UnderstoryError(
    'empty-split',
    `${dataset.name} has no validation images to measure stages on. Give the dataset some: --set dataset.validation=0.1`,
  );
};
