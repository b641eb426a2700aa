import { requireSameRows, requireSameShape } from '@understory/core';
import {
  add,
  div,
  log1p,
  mul,
  sum,
  tidy,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

export interface NoiseContrastOptions {
  /** Samples in the memory bank, n. */
  readonly size: number;
  /** Negatives of each image, K. */
  readonly negatives: number;
}

const EPSILON = 1e-7;

/**
 * Noise-contrastive estimation as in CRD (Tian et al. 2020): is a bank's entry the image's own, or one of K drawn at
 * random? `positive` [B] and `negative` [B, M] are unnormalised probabilities x over their partition constant; `times`
 * [B, M] says how often each was drawn (once where nothing is said) →
 * −(1/B)·Σ_b [log x₀/(x₀+a+ε) + Σ_k log a/(x_k+a+ε)], a = K/n, in nats. Written with log1p: most ratios are near 1.
 */
export const noiseContrast =
  ({ size, negatives }: NoiseContrastOptions) =>
  (positive: Tensor1D, negative: Tensor2D, times?: Tensor2D): Scalar =>
    tidy(() => {
      requireSameShape('noise contrast', { positive }, '[B]');
      requireSameShape('noise contrast', times ? { negative, times } : { negative }, '[B, M]');
      requireSameRows('noise contrast', { positive, negative });
      const noise = negatives / size;
      const own = sum(log1p(div(noise + EPSILON, positive))); // −Σ log x₀/(x₀+a+ε)
      const each = log1p(div(add(negative, EPSILON), noise)); // [B, M], −log a/(x+a+ε)
      const others = sum(times ? mul(each, times) : each);
      return div(add(own, others), positive.shape[0]);
    });
