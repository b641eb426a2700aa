import {
  add,
  customGrad,
  mul,
  neg,
  pow,
  sigmoid,
  softplus,
  square,
  sub,
  tidy,
  type GradSaveFunc,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '@understory/core';

export interface FocalOptions {
  /** Weight of positives; negatives weigh 1 − alpha. */
  readonly alpha: number;
  /** How strongly easy examples are turned down; 0 does not. */
  readonly gamma: number;
}

/** x^gamma of numbers 0 to 1; cheaply for the gamma that is in use. */
const raised = (x: Tensor, gamma: number): Tensor => (gamma === 2 ? square(x) : pow(x, gamma));

/** 1 − p_t, its power, and −log p_t, for the logit `toward` being right. */
const parts = (toward: Tensor, gamma: number): { wrong: Tensor; power: Tensor; cost: Tensor } => {
  const away = neg(toward);
  const wrong = sigmoid(away);
  return { wrong, power: raised(wrong, gamma), cost: softplus(away) };
};

/**
 * Focal loss of each logit (Lin et al. 2017, eq. 5): α_t · (1 − p_t)^γ · cross-entropy. `logits`, `targets` (0 or 1) of one
 * shape → that shape, in nats. A gradient for the logits alone, of its closed form: only they and the targets are held until
 * then, and no power is taken of a number near 0 that would be divided by. Throws `bad-shape`.
 */
export const focalLoss = (logits: Tensor, targets: Tensor, { alpha, gamma }: FocalOptions): Tensor => {
  if (logits.shape.join() !== targets.shape.join()) {
    const found = `logits [${logits.shape.join(', ')}] and targets [${targets.shape.join(', ')}]`;
    throw new UnderstoryError('bad-shape', `focal loss: ${found} must be of one shape, a target a logit.`);
  }
  const sign = (of: Tensor): Tensor => sub(mul(of, 2), 1); // 1 or −1
  const share = (of: Tensor): Tensor => add(mul(of, 2 * alpha - 1), 1 - alpha); // α or 1 − α
  const loss = customGrad((x, save) => {
    (save as GradSaveFunc)([x as Tensor, targets]);
    const { power, cost } = parts(mul(x as Tensor, sign(targets)), gamma);
    const gradFunc = (dy: Tensor, [logit, target]: Tensor[]): Tensor => {
      const way = sign(target!);
      const { wrong, power, cost } = parts(mul(logit!, way), gamma);
      const slope = add(wrong, mul(mul(sub(1, wrong), gamma), cost)); // times power: −d loss / d toward
      return mul(mul(dy, mul(neg(way), share(target!))), mul(power, slope));
    };
    return { value: mul(share(targets), mul(power, cost)), gradFunc };
  });
  return tidy(() => loss(logits));
};
