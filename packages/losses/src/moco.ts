import { concat, div, matMul, mean, mul, neg, slice, sum, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { requireSameLength, requireSameShape, stopGradient, type QueueLoss } from '@understory/core';
import { logSoftmax } from './logSoftmax.ts';
import { positive, readOptions, type Given, type Options } from './options.ts';
import { unitRows } from './unitRows.ts';

export const MocoOptions = {
  temperature: positive(0.07, 'divides the cosines, no unit; 0.07 in MoCo, 0.2 in MoCo v2'),
} satisfies Options;
export type MocoOptions = Given<typeof MocoOptions>;

/**
 * InfoNCE against a queue (He et al. 2020, MoCo, eq. 1): each query finds its key among the keys of earlier batches.
 * Rows are normalised here; no gradient for keys and queue. Core's `enqueue` writes the batch's keys afterwards.
 */
export const mocoInfoNce = (options: MocoOptions = {}): QueueLoss => {
  const { temperature } = readOptions('moco', MocoOptions, options);
  return (query, key, queue) =>
    tidy(() => {
      requireSameShape('moco', { query, key }, '[B, D]');
      requireSameLength('moco', { query, queue }, '[rows, D]', 1);
      const q = unitRows(query); // [B, D]
      const own = sum(mul(q, stopGradient(unitRows(key))), 1, true); // [B, 1]
      const others = matMul(q, stopGradient(unitRows(queue)), false, true); // [B, K]
      const logP = logSoftmax(div<Tensor2D>(concat([own as Tensor2D, others], 1), temperature)); // [B, 1 + K]
      return neg(mean(slice(logP, [0, 0], [q.shape[0], 1])));
    });
};
