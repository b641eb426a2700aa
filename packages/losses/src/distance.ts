import {
  cast,
  greater,
  mul,
  sqrt,
  square,
  sub,
  sum,
  where,
  onesLike,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { stopGradient } from '@understory/core';

/**
 * Euclidean length along the last axis, with gradient 0 (not NaN) where it is 0. [..., D] → [...].
 * Of a difference, this is more exact for close rows than 2 − 2·cosine.
 */
export const lengthOf = (x: Tensor): Tensor => {
  const squared = sum(square(x), -1);
  const positive = greater(stopGradient(squared), 0);
  return mul(sqrt(where(positive, squared, onesLike(squared))), cast(positive, 'float32'));
};

/** Distances between the rows of two tensors, matched by broadcasting. → [...] without the last axis. */
export const distance = (a: Tensor, b: Tensor): Tensor => lengthOf(sub(a, b));
