import { gather, mul, oneHot, sum, tidy, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import {
  CLASSIFICATION_LOSS,
  meanOverClasses,
  plugin,
  requireClassification,
  type ClassificationLoss,
} from '@understory/core';
import { z } from 'zod';
import { FocalOptions, sigmoidCrossEntropy, sigmoidFocal } from './sigmoid.ts';

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

export const BinaryCrossEntropyOptions = z.strictObject({});
export type BinaryCrossEntropyOptions = z.input<typeof BinaryCrossEntropyOptions>;

/** Binary cross-entropy of each class against the one-hot label, summed over classes. `logits` [B, C], `labels` [B] int32 → [] in nats. */
export const binaryCrossEntropy = (options: BinaryCrossEntropyOptions = {}): ClassificationLoss => {
  BinaryCrossEntropyOptions.parse(options);
  return overClasses('binary-cross-entropy', sigmoidCrossEntropy);
};

/** Focal loss of each class against the one-hot label, summed over classes. `logits` [B, C], `labels` [B] int32 → [] in nats. */
export const focal = (options: FocalOptions = {}): ClassificationLoss =>
  overClasses('focal', sigmoidFocal(options));

export const binaryCrossEntropyPlugin = plugin({
  token: CLASSIFICATION_LOSS,
  name: 'binary-cross-entropy',
  summary: 'A yes-or-no question for each class',
  when: 'Classes that do not rule each other out.',
  source: 'the negative log-likelihood of a sigmoid a class',
  options: BinaryCrossEntropyOptions,
  create: binaryCrossEntropy,
});

export const focalPlugin = plugin({
  token: CLASSIFICATION_LOSS,
  name: 'focal',
  summary: 'Binary cross-entropy that turns easy examples down',
  when: 'Rare classes among many easy negatives.',
  source: 'Lin et al. 2017 (RetinaNet), eq. 5',
  options: FocalOptions,
  create: focal,
});
