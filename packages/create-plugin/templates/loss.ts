import { add, exp, log, matMul, mean, mul, slice, square, sub, sum } from '@tensorflow/tfjs-core';
import { LOSS, plugin, unitVectors, type ContrastiveLoss } from '@understory/core';
import { z } from 'zod';

/** Alignment and uniformity (Wang & Isola 2020): views close together, images spread over the sphere. */
export const ownPlugin = plugin({
  token: LOSS,
  name: 'own',
  summary: 'Views close together, images far apart',
  options: z.strictObject({
    spread: z.number().min(0).default(0.5).describe('multiplies the uniformity, no unit'),
  }),
  create: ({ spread }): ContrastiveLoss => {
    const loss: ContrastiveLoss = (features) => {
      const rows = unitVectors(features); // [2B, D]: B images in their first view, then in their second
      const images = features.shape[0] / 2;
      const alignment = mean(sum(square(sub(slice(rows, 0, images), slice(rows, images))), 1)); // []
      const distances = sub(2, mul(2, matMul(rows, rows, false, true))); // [2B, 2B], squared
      return add(alignment, mul(spread, log(mean(exp(mul(-2, distances)))))); // []
    };
    return Object.assign(loss, { views: 2 });
  },
});
