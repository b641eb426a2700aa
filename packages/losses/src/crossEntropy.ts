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
  meanOverClasses,
  requireSameShape,
  requireClassification,
  type ClassificationLoss,
} from '@understory/core';
import { logSoftmax } from './logSoftmax.ts';
import { share, readOptions, type Given, type NumberOption, type Options } from './options.ts';

const smoothing = (value: number): NumberOption =>
  share(value, 'share of the target spread over all classes, 0 to 1');

export const CrossEntropyOptions = { smoothing: smoothing(0) } satisfies Options;
export type CrossEntropyOptions = Given<typeof CrossEntropyOptions>;

export const LabelSmoothingOptions = {
  smoothing: smoothing(0.1),
} satisfies Options;
export type LabelSmoothingOptions = Given<typeof LabelSmoothingOptions>;

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
  const { smoothing } = readOptions('cross-entropy', CrossEntropyOptions, options);
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
