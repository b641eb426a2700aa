import { gather, mul, oneHot, sum, tidy, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { meanOverClasses, requireClassification, type ClassificationLoss } from '@understory/core';
import { readOptions, type Options } from './options.ts';
import type { FocalOptions } from './sigmoid.ts';
import { sigmoidCrossEntropy, sigmoidFocal } from './sigmoid.ts';

/** One yes-or-no question a class: the sum over classes, then the mean over the batch, an image by its class's weight. */
const overClasses = (name: string, loss: (logits: Tensor, targets: Tensor) => Tensor): ClassificationLoss =>
  Object.assign(
    (...[logits, labels, weights]: Parameters<ClassificationLoss>) =>
      tidy(() => {
        requireClassification(name, logits, labels, weights);
        const targets = oneHot(labels, logits.shape[1], 1, 0, 'float32'); // [B, C]
        const costs: Tensor1D = sum(loss(logits, targets), 1); // [B, C] → [B]
        return meanOverClasses(weights ? mul(costs, gather(weights, labels)) : costs, labels, weights);
      }),
    { weighted: true },
  );

export const BinaryCrossEntropyOptions = {} satisfies Options;
export type BinaryCrossEntropyOptions = Readonly<Record<string, never>>;

/** Binary cross-entropy of each class against the one-hot label, summed over classes. `logits` [B, C], `labels` [B] int32 → [] in nats. */
export const binaryCrossEntropy = (options: BinaryCrossEntropyOptions = {}): ClassificationLoss => {
  readOptions('binary-cross-entropy', BinaryCrossEntropyOptions, options);
  return overClasses('binary-cross-entropy', sigmoidCrossEntropy);
};

/** Focal loss of each class against the one-hot label, summed over classes. `logits` [B, C], `labels` [B] int32 → [] in nats. */
export const focal = (options: FocalOptions = {}): ClassificationLoss =>
  overClasses('focal', sigmoidFocal(options));
