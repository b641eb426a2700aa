import { add, exp, mul, neg, softplus, sub, tidy, type Tensor } from '@tensorflow/tfjs-core';

export interface FocalOptions {
  /** Weight of positives; negatives weigh 1 − alpha. */
  readonly alpha: number;
  /** How strongly easy examples are turned down; 0 does not. */
  readonly gamma: number;
}

/**
 * Focal loss of each logit (Lin et al. 2017, eq. 5): α_t · (1 − p_t)^γ · cross-entropy. `logits`, `targets` (0 or 1) of one
 * shape → that shape, in nats. In logarithms, so that neither power nor gradient leaves float32.
 */
export const focalLoss = (logits: Tensor, targets: Tensor, { alpha, gamma }: FocalOptions): Tensor =>
  tidy(() => {
    const toward = mul(logits, sub(mul(targets, 2), 1)); // the logit of being right
    const right = softplus(neg(toward)); // −log p_t
    const wrong = neg(softplus(toward)); // log(1 − p_t)
    const share = add(mul(targets, 2 * alpha - 1), 1 - alpha); // α or 1 − α
    return mul(share, mul(exp(mul(wrong, gamma)), right));
  });
