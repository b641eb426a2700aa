import { concat, mean, mul, slice, sub, sum, type Scalar } from '@tensorflow/tfjs-core';
import { plugin, PREDICTION_LOSS, stopGradient, unitVectors, type PredictionLoss } from '@understory/core';
import { z } from 'zod';

/** 2 − 2 cos of what one view predicts and the other's target (Grill et al. 2020, BYOL). */
export const ownPlugin = plugin({
  token: PREDICTION_LOSS,
  name: 'own',
  summary: "Each view's prediction meets the other's target",
  options: z.strictObject({}),
  create: (): PredictionLoss => (predictions, targets) => {
    const half = targets.shape[0] / 2;
    const other = concat([slice(targets, half), slice(targets, 0, half)]); // [2B, D]
    const cosines = sum(mul(unitVectors(predictions), stopGradient(unitVectors(other))), 1); // [2B]
    return mean<Scalar>(sub(2, mul(2, cosines))); // []
  },
});
