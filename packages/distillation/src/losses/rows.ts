import {
  greater,
  mean,
  mul,
  reshape,
  square,
  sub,
  sum,
  where,
  zerosLike,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { stopGradient } from '@understory/core';

export { unitVectors } from '@understory/core';

/** Everything but the first axis as one: [B, …] → [B, N]. */
export const flatRows = (x: Tensor): Tensor2D => reshape(x, [x.shape[0], -1]);

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
