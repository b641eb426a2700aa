import { pickSamples, type Dataset } from '@understory/core';

const ASIDE = 'left aside';

/** Whether a run's test images were left aside when it began. */
export const isWithoutTest = ({ origins }: { readonly origins?: Dataset['origins'] | undefined }): boolean =>
  origins?.test === ASIDE;

/** A dataset in whose place nobody can look at the test images. */
export const withoutTest = (dataset: Dataset): Dataset => ({
  ...dataset,
  test: pickSamples(dataset.test, new Int32Array()),
  origins: { ...dataset.origins, test: ASIDE },
});
