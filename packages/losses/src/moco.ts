import { concat, div, matMul, mean, mul, neg, slice, sum, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import {
  plugin,
  QUEUE_LOSS,
  requireSameLength,
  requireSameShape,
  stopGradient,
  type QueueLoss,
} from '@understory/core';
import { z } from 'zod';
import { logSoftmax } from './logSoftmax.ts';
import { unitRows } from './unitRows.ts';

export const MocoOptions = z.strictObject({
  temperature: z
    .number()
    .positive()
    .default(0.07)
    .describe('divides the cosines, no unit; 0.07 in MoCo, 0.2 in MoCo v2'),
});
export type MocoOptions = z.input<typeof MocoOptions>;

/**
 * InfoNCE against a queue (He et al. 2020, MoCo, eq. 1): each query finds its key among the keys of earlier batches.
 * Rows are normalised here; no gradient for keys and queue. Core's `enqueue` writes the batch's keys afterwards.
 */
export const mocoInfoNce = (options: MocoOptions = {}): QueueLoss => {
  const { temperature } = MocoOptions.parse(options);
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

export const mocoPlugin = plugin({
  token: QUEUE_LOSS,
  name: 'moco',
  summary: 'InfoNCE of each query with its key, among the keys of earlier batches',
  when: 'The batch is small: a queue holds the negatives. It belongs to momentum-contrast.',
  source: 'He et al. 2020 (MoCo), eq. 1; temperature 0.2 in Chen et al. 2020 (MoCo v2)',
  options: MocoOptions,
  create: mocoInfoNce,
});
