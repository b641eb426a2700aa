import { div, greater, maximum, sqrt, square, sum, tidy, where, type Tensor } from '@tensorflow/tfjs-core';
import { stopGradient } from './stopGradient.ts';

/** Shortest length that a vector is divided by, and that has a direction, as in PyTorch's `normalize`. */
export const SHORTEST_LENGTH = 1e-12;
const SHORTEST_SQUARED = SHORTEST_LENGTH ** 2;

/**
 * x / max(‖x‖, 1e-12) along the last axis, any shape. A vector no longer than 1e-12 has no direction and takes no gradient
 * (PyTorch's `normalize` multiplies its gradient by 1e12); a zero vector stays zero.
 */
export const unitVectors = <T extends Tensor>(x: T): T =>
  tidy(() => {
    const still = stopGradient(x);
    const long = greater(sum(square(still), -1, true), SHORTEST_SQUARED);
    // Two masks, not one: x takes its two gradients in the order and the sums in which the plain quotient gives them.
    const length = sqrt(maximum(sum(square(where(long, x, still)), -1, true), SHORTEST_SQUARED));
    return div<T>(where(long, x, still), length);
  });
