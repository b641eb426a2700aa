import {
  mean,
  mul,
  neg,
  oneHot,
  sum,
  tidy,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import {
  CLASSIFICATION_LOSS,
  meanOverClasses,
  plugin,
  requireSameShape,
  requireClassification,
  type ClassificationLoss,
} from '@understory/core';
import { z } from 'zod';
import { logSoftmax } from './logSoftmax.ts';

const smoothing = (share: number): z.ZodDefault<z.ZodNumber> =>
  z.number().min(0).max(1).default(share).describe('share of the target spread over all classes, 0 to 1');

export const CrossEntropyOptions = z.strictObject({ smoothing: smoothing(0) });
export type CrossEntropyOptions = z.input<typeof CrossEntropyOptions>;

export const LabelSmoothingOptions = z.strictObject({
  smoothing: smoothing(0.1),
});
export type LabelSmoothingOptions = z.input<typeof LabelSmoothingOptions>;

/** −Σ_c target_c · log softmax(logits)_c of each row. Both [B, C] → [B] in nats. */
const costsOf = (logits: Tensor2D, targets: Tensor2D): Tensor1D =>
  neg(sum(mul(targets, logSoftmax(logits)), 1));

/** Cross-entropy with soft targets, which take no part in the row maximum. `logits`, `targets` [B, C], rows of targets sum to 1 → [] in nats. */
export const softCrossEntropy = (logits: Tensor2D, targets: Tensor2D): Scalar =>
  tidy(() => {
    requireSameShape('cross-entropy', { logits, targets }, '[B, C]');
    return neg(mean(sum(mul(targets, logSoftmax(logits)), 1)));
  });

/**
 * Softmax cross-entropy from logits; with `smoothing` ε the target is (1 − ε)·one-hot + ε / C (Szegedy et al. 2016, §7).
 * `logits` [B, C], `labels` [B] int32 in 0 … C−1, `weights` [C] as PyTorch's `weight` → [] in nats. Stable for logits of
 * any size.
 */
export const crossEntropy = (options: CrossEntropyOptions = {}): ClassificationLoss => {
  const { smoothing } = CrossEntropyOptions.parse(options);
  const loss = (...[logits, labels, weights]: Parameters<ClassificationLoss>): Scalar =>
    tidy(() => {
      requireClassification('cross-entropy', logits, labels, weights);
      const classes = logits.shape[1];
      const spread = smoothing / classes;
      const target = oneHot(labels, classes, 1 - smoothing + spread, spread, 'float32') as Tensor2D; // [B, C]
      if (!weights) return softCrossEntropy(logits, target);
      return meanOverClasses(costsOf(logits, mul(target, weights)), labels, weights);
    });
  return Object.assign(loss, { weighted: true });
};

export const crossEntropyPlugin = plugin({
  token: CLASSIFICATION_LOSS,
  name: 'cross-entropy',
  summary: 'Softmax cross-entropy',
  when: 'One class an image: the default.',
  source: 'the negative log-likelihood of the softmax',
  options: CrossEntropyOptions,
  create: crossEntropy,
});

export const labelSmoothingPlugin = plugin({
  token: CLASSIFICATION_LOSS,
  name: 'label-smoothing',
  summary: 'Softmax cross-entropy with smoothed targets',
  when: 'Networks that are too sure of themselves; teachers get worse by it.',
  source: 'Szegedy et al. 2016, §7',
  options: LabelSmoothingOptions,
  create: crossEntropy,
});
