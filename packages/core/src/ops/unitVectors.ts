import { div, maximum, sqrt, square, sum, type Tensor } from '@tensorflow/tfjs-core';

/** Square of the shortest length that a vector is divided by, 1e-12, as in PyTorch's `normalize`. */
const SHORTEST_SQUARED = 1e-24;

/** x / max(‖x‖, 1e-12) along the last axis; a zero vector stays zero and takes no gradient. Any shape. */
export const unitVectors = <T extends Tensor>(x: T): T =>
  div(x, sqrt(maximum(sum(square(x), -1, true), SHORTEST_SQUARED)));
