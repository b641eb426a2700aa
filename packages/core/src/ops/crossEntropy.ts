import {
  add,
  cast,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  sum,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** −Σ_c target_c · log softmax(logits)_c of each row. Both [B, C] → [B] in nats. */
export const softCrossEntropyRows = (logits: Tensor2D, target: Tensor2D): Tensor1D =>
  neg(sum(mul(target, logSoftmax(logits)), 1));

/** The target of each row: 1 − ε on its class and ε / C everywhere. `labels` [B] int32 → [B, C]. */
export const smoothTarget = (labels: Tensor1D, classes: number, smoothing = 0): Tensor2D => {
  const hard = cast(oneHot(labels, classes), 'float32') as Tensor2D;
  return smoothing === 0 ? hard : add(mul(hard, 1 - smoothing), smoothing / classes);
};

/** Mean cross-entropy of `logits` [B, C] with `labels` [B] int32 → [] in nats. */
export const crossEntropyLoss = (logits: Tensor2D, labels: Tensor1D, smoothing = 0): Scalar =>
  mean(softCrossEntropyRows(logits, smoothTarget(labels, logits.shape[1], smoothing)));
