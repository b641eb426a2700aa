import { add, exp, mul, neg, softplus, sub, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';
import { notNegative, share, readOptions, type Given, type Options } from './options.ts';

export const FocalOptions = {
  alpha: share(0.25, 'weight of positives; negatives weigh 1 − alpha'),
  gamma: notNegative(2, 'how strongly easy examples are turned down; 0 does not'),
} satisfies Options;
export type FocalOptions = Given<typeof FocalOptions>;

const checkTargets = (logits: Tensor, targets: Tensor): void => {
  if (logits.shape.join() === targets.shape.join()) return;
  const shapes = `logits [${logits.shape.join(', ')}] and targets [${targets.shape.join(', ')}]`;
  throw new UnderstoryError('bad-shape', `${shapes} must be of one shape: a target for each logit.`);
};

/** Binary cross-entropy of each logit. `logits`, `targets` (0 to 1) of one shape → that shape, in nats. Stable for any logit. */
export const sigmoidCrossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
  tidy(() => {
    checkTargets(logits, targets);
    return add(mul(targets, softplus(neg(logits))), mul(sub(1, targets), softplus(logits)));
  });

/**
 * Focal loss of each logit (Lin et al. 2017, eq. 5): α_t · (1 − p_t)^γ · cross-entropy. `logits`, `targets` (0 or 1) of one
 * shape → that shape, in nats. In logarithms, so that neither power nor gradient leaves float32.
 */
export const sigmoidFocal = (options: FocalOptions = {}): ((logits: Tensor, targets: Tensor) => Tensor) => {
  const { alpha, gamma } = readOptions('focal', FocalOptions, options);
  return (logits, targets) =>
    tidy(() => {
      checkTargets(logits, targets);
      const toward = mul(logits, sub(mul(targets, 2), 1)); // the logit of being right
      const right = softplus(neg(toward)); // −log p_t
      const wrong = neg(softplus(toward)); // log(1 − p_t)
      const share = add(mul(targets, 2 * alpha - 1), 1 - alpha); // α or 1 − α
      return mul(share, mul(exp(mul(wrong, gamma)), right));
    });
};
