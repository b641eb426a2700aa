import {
  concat,
  div,
  logSoftmax,
  mean,
  mul,
  neg,
  slice,
  softmax,
  sum,
  type Scalar,
} from '@tensorflow/tfjs-core';
import { plugin, PROTOTYPE_LOSS, stopGradient, type PrototypeLoss } from '@understory/core';
import { z } from 'zod';

/** One view's assignment to prototypes, sharpened, is what the other one has to say. */
export const ownPlugin = plugin({
  token: PROTOTYPE_LOSS,
  name: 'own',
  summary: "Each view predicts the other's prototype",
  options: z.strictObject({
    temperature: z.number().positive().default(0.1).describe('divides the scores, no unit'),
    sharpness: z.number().min(1).default(2).describe('how much harder the assignment is than the prediction'),
  }),
  create:
    ({ temperature, sharpness }): PrototypeLoss =>
    (scores) => {
      const half = scores.shape[0] / 2;
      const other = concat([slice(scores, half), slice(scores, 0, half)]); // [2B, K]
      const target = stopGradient(softmax(mul(other, sharpness / temperature))); // [2B, K]
      return neg(mean<Scalar>(sum(mul(target, logSoftmax(div(scores, temperature))), 1))); // []
    },
});
