import { div, exp, expandDims, sub, tidy, transpose, type Tensor2D } from '@tensorflow/tfjs-core';
import { requireSameShape, stopGradient } from '@understory/core';
import { logSumExp } from './logSumExp.ts';
import { positive, whole, readOptions, type Given, type Options } from './options.ts';

export const SinkhornOptions = {
  epsilon: positive(0.05, 'entropy of the assignment: small values are sharp'),
  iterations: whole(3, 1, 'alternating normalisations'),
} satisfies Options;
export type SinkhornOptions = Given<typeof SinkhornOptions>;

/**
 * Soft assignment of samples to prototypes in which all prototypes are used equally (Cuturi 2013; SwAV, Caron et al.
 * 2020, §3.1). `scores` [B, K] → [B, K], rows sum to 1, no gradient. In logarithms, so that no exponential overflows.
 */
export const sinkhorn = (options: SinkhornOptions = {}): ((scores: Tensor2D) => Tensor2D) => {
  const { epsilon, iterations } = readOptions('sinkhorn', SinkhornOptions, options);
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
