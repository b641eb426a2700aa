import { slice, type Tensor2D } from '@tensorflow/tfjs-core';
import { requireSameShape, UnderstoryError, type ContrastiveLoss } from '@understory/core';
import { checkPositives, samplesIn } from './groups.ts';

/** The rows of each of two stacked views. [2B, D] → two of [B, D]. */
export const twoViews = (stacked: Tensor2D): readonly [Tensor2D, Tensor2D] => {
  const count = samplesIn(stacked.shape[0], 2);
  return [slice(stacked, 0, count), slice(stacked, count, count)];
};

/** Throws `bad-shape` where a loss that compares samples gets a single one. */
export const atLeastTwoSamples = (loss: string, samples: number): void => {
  if (samples >= 2) return;
  throw new UnderstoryError(
    'bad-shape',
    `The loss "${loss}" compares samples, and the batch has ${samples}. Use a batch of two or more.`,
  );
};

/**
 * A loss that says how many views it takes the features to hold, so that others are refused before the first step, and
 * that refuses features and labels (or an affinity) which do not fit together, whether it looks at these or not.
 */
export const ofViews = (
  views: number,
  loss: (...args: Parameters<ContrastiveLoss>) => ReturnType<ContrastiveLoss>,
  about: Pick<ContrastiveLoss, 'factor'> = {},
): ContrastiveLoss =>
  Object.assign(
    (...[features, positives]: Parameters<ContrastiveLoss>) => {
      requireSameShape('contrastive loss', { features }, '[V·B, D]');
      if (positives) checkPositives(features.shape[0], positives, views);
      return loss(features, positives);
    },
    { views, ...about },
  );
