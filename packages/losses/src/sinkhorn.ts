import { div, exp, expandDims, sub, tidy, transpose, type Tensor2D } from '@tensorflow/tfjs-core';
import { requireSameShape, stopGradient } from '@understory/core';
import { z } from 'zod';
import { logSumExp } from './logSumExp.ts';

export const SinkhornOptions = z.strictObject({
  epsilon: z.number().positive().default(0.05).describe('entropy of the assignment: small values are sharp'),
  iterations: z.int().min(1).default(3).describe('alternating normalisations'),
});
export type SinkhornOptions = z.input<typeof SinkhornOptions>;

/**
 * Soft assignment of samples to prototypes in which all prototypes are used equally (Cuturi 2013; SwAV, Caron et al.
 * 2020, §3.1). `scores` [B, K] → [B, K], rows sum to 1, no gradient. In logarithms, so that no exponential overflows.
 */
export const sinkhorn = (options: SinkhornOptions = {}): ((scores: Tensor2D) => Tensor2D) => {
  const { epsilon, iterations } = SinkhornOptions.parse(options);
  return (scores) =>
    tidy(() => {
      requireSameShape('sinkhorn', { scores }, '[B, K]');
      let logQ: Tensor2D = div(stopGradient(scores), epsilon); // [B, K]
      for (let i = 0; i < iterations; i++) {
        logQ = sub(logQ, expandDims(logSumExp(transpose(logQ)), 0)); // each prototype's column sums to 1
        logQ = sub(logQ, expandDims(logSumExp(logQ), 1)); // each sample's row sums to 1
      }
      return exp(logQ);
    });
};
