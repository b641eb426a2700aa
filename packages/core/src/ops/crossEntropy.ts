import {
  add,
  cast,
  div,
  gather,
  logSoftmax,
  maximum,
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
import type { ClassificationLoss } from '../contracts/loss.ts';
import { UnderstoryError } from '../errors.ts';
import { requireLabels, requireSameShape, shapeText } from './checkTensors.ts';

/** −Σ_c target_c · log softmax(logits)_c of each row. Both [B, C] → [B] in nats. Throws `bad-shape` where they differ. */
export const softCrossEntropyRows = (logits: Tensor2D, target: Tensor2D): Tensor1D => {
  requireSameShape('cross-entropy', { logits, target }, '[B, C]');
  return neg(sum(mul(target, logSoftmax(logits)), 1));
};

const targetOf = (labels: Tensor1D, classes: number, smoothing: number): Tensor2D => {
  const hard = cast(oneHot(labels, classes), 'float32') as Tensor2D;
  return smoothing === 0 ? hard : add(mul(hard, 1 - smoothing), smoothing / classes);
};

/** The target of each row: 1 − ε on its class and ε / C everywhere. `labels` [B] int32 in 0 … C−1 → [B, C]. */
export const smoothTarget = (labels: Tensor1D, classes: number, smoothing = 0): Tensor2D => {
  requireLabels('target of cross-entropy', labels, { rows: {}, classes });
  return targetOf(labels, classes, smoothing);
};

/**
 * Throws unless logits are [B, C] with two classes or more, labels [B] int32 in 0 … C−1, and class weights, where there are any, [C]: what every
 * classification loss asks of what it is given.
 */
export const requireClassification = (
  what: string,
  ...[logits, labels, weights]: Parameters<ClassificationLoss>
): void => {
  requireSameShape(what, { logits }, '[B, C]');
  if (logits.dtype !== 'float32')
    throw new UnderstoryError(
      'bad-shape',
      `${what}: logits ${shapeText(logits)} are ${logits.dtype}. Give them as float32.`,
    );
  if (logits.shape[1] === 1)
    throw new UnderstoryError(
      'bad-shape',
      `${what}: logits ${shapeText(logits)} are of one class, which leaves nothing to tell apart. Give the dataset a second class, or take an objective that uses no labels.`,
    );
  requireLabels(what, labels, { rows: { logits }, classes: logits.shape[1] });
  if (!weights || (weights.rank === 1 && weights.shape[0] === logits.shape[1])) return;
  const seen = `class weights ${shapeText(weights)} for logits ${shapeText(logits)}`;
  throw new UnderstoryError('bad-shape', `${what}: ${seen} do not fit. Give one weight for each class.`);
};

/**
 * The mean of what each row costs; with class weights [C] that of PyTorch: the sum over that of the weights of the rows'
 * classes. `costs` [B] hold their weights already. → []
 */
export const meanOverClasses = (costs: Tensor1D, labels: Tensor1D, weights: Tensor1D | undefined): Scalar =>
  // A batch of classes that all weigh 0 costs 0.
  weights ? div(sum(costs), maximum(sum(gather(weights, labels)), 1e-30)) : mean(costs);

/**
 * Mean cross-entropy of `logits` [B, C] with `labels` [B] int32 in 0 … C−1, smoothed by a share → [] in nats. With
 * `weights` [C] it is PyTorch's: each class's part of the target counts by its weight, over the sum of the labels' weights.
 */
export const crossEntropyOf = (smoothing = 0): ClassificationLoss =>
  Object.assign(
    (logits: Tensor2D, labels: Tensor1D, weights?: Tensor1D): Scalar =>
      tidy(() => {
        requireClassification('cross-entropy', logits, labels, weights);
        const target = targetOf(labels, logits.shape[1], smoothing);
        const costs = softCrossEntropyRows(logits, weights ? mul(target, weights) : target);
        return meanOverClasses(costs, labels, weights);
      }),
    { weighted: true },
  );

/** Mean cross-entropy of `logits` [B, C] with `labels` [B] int32 → [] in nats. */
export const crossEntropyLoss = (logits: Tensor2D, labels: Tensor1D, smoothing = 0): Scalar =>
  crossEntropyOf(smoothing)(logits, labels);
