import { pickSamples, type Dataset } from '@understory/core';

/** A dataset in whose place nobody can look at the test images. */
export const withoutTest = (dataset: Dataset): Dataset => ({
  ...dataset,
  test: pickSamples(dataset.test, new Int32Array()),
  origins: { ...dataset.origins, test: 'left aside' },
});
