import {
  add,
  div,
  greater,
  maximum,
  mean,
  mul,
  sqrt,
  square,
  sub,
  sum,
  tidy,
  where,
  zerosLike,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '../errors.ts';
import { requireSameShape } from './checkTensors.ts';
import { stopGradient } from './stopGradient.ts';

/** A row whose squares about its mean are less of its squares than this is constant: what is left is float32's rounding. */
const CONSTANT = 1e-12;

/**
 * Each row less its mean, [N, M] → [N, M]. A constant row becomes 0 and takes no gradient: it has no direction, and what is
 * divided by its length would have a slope of millions.
 */
export const centredRows = (x: Tensor2D): Tensor2D => {
  const centred: Tensor2D = sub(x, mean(x, 1, true));
  const still = stopGradient(centred);
  const varies = greater(sum(square(still), 1, true), mul(sum(square(stopGradient(x)), 1, true), CONSTANT));
  return where(varies, centred, zerosLike(centred));
};

export interface StandardizeOptions {
  /** Whether squares are divided by C − 1, as in the released code, or by C. */
  readonly unbiased: boolean;
}

/**
 * Logit standardisation (Sun et al. 2024): each row less its mean, over its standard deviation plus 1e-7, gradient through
 * both. [B, C] logits, C ≥ 2 → [B, C], no unit. A row of equal logits becomes 0 and takes no gradient (PyTorch's is some
 * 1e6).
 */
export const standardize =
  ({ unbiased }: StandardizeOptions) =>
  (logits: Tensor2D): Tensor2D =>
    tidy(() => {
      requireSameShape('logit standardisation', { logits }, '[B, C]');
      const classes = logits.shape[1];
      if (classes < 2)
        throw new UnderstoryError(
          'bad-shape',
          `logit standardisation: logits [${logits.shape.join(', ')}] have no deviation over one class. Give two or more.`,
        );
      const centred = centredRows(logits);
      const variance = div(sum(square(centred), 1, true), unbiased ? classes - 1 : classes); // [B, 1]
      return div(centred, add(sqrt(maximum(variance, 1e-30)), 1e-7));
    });

/** What an objective does to logits before it compares them, by its option. */
export interface Preparation {
  readonly standardize?: 'none' | 'sample' | 'population';
}

/** What logits that teach and logits that learn go through before they are compared: [B, C] → [B, C]. */
export const preparedLogits = ({
  standardize: way = 'none',
}: Preparation): ((logits: Tensor2D) => Tensor2D) =>
  way === 'none' ? (logits) => logits : standardize({ unbiased: way === 'sample' });
