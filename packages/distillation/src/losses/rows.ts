import { reshape, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';

export { unitVectors } from '@understory/core';

/** Everything but the first axis as one: [B, …] → [B, N]. */
export const flatRows = (x: Tensor): Tensor2D => reshape(x, [x.shape[0], -1]);
