import {
  concat,
  div,
  logSoftmax,
  matMul,
  mean,
  mul,
  neg,
  slice,
  sum,
  type Scalar,
} from '@tensorflow/tfjs-core';
import { plugin, QUEUE_LOSS, stopGradient, unitVectors, type QueueLoss } from '@understory/core';
import { z } from 'zod';

/** A query finds its own key among those of a queue (He et al. 2020, MoCo). */
export const ownPlugin = plugin({
  token: QUEUE_LOSS,
  name: 'own',
  summary: 'Each query finds its key in the queue',
  options: z.strictObject({
    temperature: z.number().positive().default(0.1).describe('divides the cosines, no unit'),
  }),
  create:
    ({ temperature }): QueueLoss =>
    (query, key, queue) => {
      const rows = unitVectors(query); // [B, D]
      const own = sum(mul(rows, stopGradient(unitVectors(key))), 1, true); // [B, 1]
      const others = matMul(rows, stopGradient(unitVectors(queue)), false, true); // [B, K]
      const logs = logSoftmax(div(concat([own, others], 1), temperature)); // [B, 1 + K]
      return neg(mean<Scalar>(slice(logs, [0, 0], [-1, 1]))); // []
    },
});
