import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { token } from '../plugin.ts';
import type { Rng } from '../random.ts';
import type { NdArrays } from './arrays.ts';
import type { SpatialKind, TargetSpec } from './dataset.ts';

/** What an augmentation drew for a batch, as tensors. */
export type DrawnParams = Readonly<Record<string, Tensor>>;

/** A map or boxes of a batch, and what they are. */
export interface SpatialTarget {
  readonly target: Tensor;
  readonly spec: TargetSpec;
}

/**
 * Changes a batch of images. Images are float32 [B, H, W, 3] that hold whole numbers 0…255 (rounded after every
 * operation, as 8-bit pictures are), so that results equal the field's reference transforms.
 */
export interface Augmentation {
  readonly name: string;
  /** For people who look at its pictures, as a clause: what they show that was in no image, `what a crop leaves free is black`. */
  readonly about?: string;
  /** Whether it draws nothing at random: an image always becomes the same image. */
  readonly deterministic?: boolean;
  /** Whether every pixel stays at its place (colours, noise, erasing): spatial targets then stay as they are. */
  readonly inPlace?: boolean;
  /** Whether images get parts of others of their batch. Targets that stand for no place (a class) are refused with it. */
  readonly mixes?: boolean;
  /** Kinds of spatial targets that `applyTarget` moves as `apply` moves the image. Others are refused before step 0. */
  readonly moves?: readonly SpatialKind[];
  /** Draws parameters: one stream an image, arrays with B as first dimension. */
  sample(streams: readonly Rng[], size: readonly [number, number]): NdArrays;
  /**
   * Completes what was drawn by what is known of the images, as pure tensor ops: their maps and boxes before this
   * augmentation, none where images have none. `apply` and `applyTarget` work on what was drawn alone as well.
   */
  settle?(params: DrawnParams, known: readonly SpatialTarget[], size: readonly [number, number]): DrawnParams;
  /** Pure tensor ops; shapes may not depend on values. */
  apply(images: Tensor4D, params: DrawnParams): Tensor4D;
  /**
   * A spatial target after the same draw: a map int32 [B, H, W] → [B, h, w], whose classes are never mixed; boxes
   * [B, M, 4…] → the same shape, cut to the new image. `size` is that of the image before.
   */
  applyTarget?(
    target: Tensor,
    spec: TargetSpec,
    params: DrawnParams,
    size: readonly [number, number],
  ): Tensor;
  /** Throws where it cannot work on pictures of this size, whatever is drawn; `sample` throws the same. */
  check?(size: readonly [number, number]): void;
  /** Output size where it differs from the input's. */
  outputSize?(size: readonly [number, number]): readonly [number, number];
}

/** A view: augmentations in order. A training sample has one view or more. */
export type View = readonly Augmentation[];
export const AUGMENTATION = token<Augmentation>('augmentation');

/**
 * Mixes the images of a batch in pairs, and so their labels: not an `Augmentation`, which sees no labels. Works on
 * pixels and on normalised images alike.
 */
export interface Mixing {
  readonly name: string;
  /** Throws where it cannot work on pictures of this size, whatever is drawn; `sample` throws the same. */
  check?(size: readonly [number, number]): void;
  /** Draws `share` [] (what is left of an image's own label) and `partners` [B] int32, and what else `apply` needs. */
  sample(rng: Rng, batch: number, size: readonly [number, number]): NdArrays;
  /** [B, H, W, 3] → [B, H, W, 3] */
  apply(images: Tensor4D, params: DrawnParams): Tensor4D;
}
export const MIXING = token<Mixing>('mixing');
