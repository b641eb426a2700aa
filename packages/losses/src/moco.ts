import {
  concat,
  div,
  matMul,
  mean,
  mul,
  neg,
  slice,
  sum,
  tidy,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { stopGradient } from '@understory/core';
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

/** `query` [B, D] of the trained encoder, `key` [B, D] of its moving average, `queue` [K, D] of earlier keys → [] in nats. */
export type QueueLoss = (query: Tensor2D, key: Tensor2D, queue: Tensor2D) => Scalar;

/**
 * InfoNCE against a queue (He et al. 2020, MoCo, eq. 1): each query finds its key among the keys of earlier batches.
 * Rows are normalised here; no gradient for keys and queue. `enqueue` writes the batch's keys afterwards.
 */
export const mocoInfoNce = (options: MocoOptions = {}): QueueLoss => {
  const { temperature } = MocoOptions.parse(options);
  return (query, key, queue) =>
    tidy(() => {
      const q = unitRows(query); // [B, D]
      const own = sum(mul(q, stopGradient(unitRows(key))), 1, true); // [B, 1]
      const others = matMul(q, stopGradient(unitRows(queue)), false, true); // [B, K]
      const logP = logSoftmax(div<Tensor2D>(concat([own as Tensor2D, others], 1), temperature)); // [B, 1 + K]
      return neg(mean(slice(logP, [0, 0], [q.shape[0], 1])));
    });
};
