import { requireSameRows, requireSameShape, stopGradient, UnderstoryError } from '@understory/core';
import {
  add,
  div,
  expandDims,
  log,
  logSoftmax,
  mean,
  mul,
  softmax,
  stack,
  sub,
  sum,
  tidy,
  type Scalar,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { TemperatureOptions } from './logits.ts';

/** Σ_i g_i·o_i: branches' logits M × [B, C], weighted by a gate [B, M] whose rows sum to 1 → [B, C]. */
export const ensembleLogits = (branches: readonly Tensor2D[], gate: Tensor2D): Tensor2D =>
  tidy(() => {
    const named = Object.fromEntries(branches.map((b, i) => [`branch ${i + 1}`, b]));
    requireSameShape('ensemble', named, '[B, C]');
    requireSameRows('ensemble', { ...named, gate });
    if (gate.shape[1] !== branches.length)
      throw new UnderstoryError(
        'bad-shape',
        `ensemble: a gate of [${gate.shape.join(', ')}] does not weigh ${branches.length} branches.`,
      );
    const all = stack([...branches], 1) as Tensor3D; // [B, M, C]
    return sum(mul(all, expandDims(gate, 2)), 1);
  });

/**
 * What a branch learns from the ensemble (Lan et al. 2018): T² · mean Σ_c q·(log q − log p^T), where q is the softmax of
 * the ensemble at T plus 1e-7, not normalised again, as in the released code. Both [B, C] → [] in nats; the ensemble
 * takes no gradient.
 */
export const ensembleKl =
  ({ temperature }: TemperatureOptions) =>
  (branch: Tensor2D, ensemble: Tensor2D): Scalar =>
    tidy(() => {
      requireSameShape('ensemble', { branch, ensemble }, '[B, C]');
      const q = add(softmax(div(stopGradient(ensemble), temperature)), 1e-7); // [B, C]
      const logP = logSoftmax(div(branch, temperature)); // [B, C]
      return mul(mean(sum(mul(q, sub(log(q), logP)), 1)), temperature ** 2);
    });
