import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { NdArrays, Rng } from '@understory/core';

/**
 * Mixes the images of a batch in pairs, and so their labels: not an `Augmentation`, which sees no labels. Works on
 * pixels and on normalised images alike.
 */
export interface Mixing {
  readonly name: string;
  /** Draws `share` [] (what is left of an image's own label) and `partners` [B] int32, and what else `apply` needs. */
  sample(rng: Rng, batch: number, size: readonly [number, number]): NdArrays;
  /** [B, H, W, 3] → [B, H, W, 3] */
  apply(images: Tensor4D, params: Readonly<Record<string, Tensor>>): Tensor4D;
}
