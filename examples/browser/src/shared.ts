import type { Normalization } from '@understory/core';

/** What `prepare` writes for the page: the network, and drawings with what each stage makes of them. */
export interface Manifest {
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  readonly backbone: { readonly variant: 'resnet18'; readonly width: number };
  /** Height and width of the images in pixels. */
  readonly size: readonly [number, number];
  /** Weights in the network's order; their numbers follow each other in `weights.bin`, float32. */
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly taps: readonly { readonly name: string; readonly width: number }[];
  /** Drawings in `pixels.bin`, uint8, and their embeddings in `embeddings.bin`, float32: tap after tap, a unit row each. */
  readonly drawings: readonly { readonly name: string; readonly label: number }[];
}

/** Logits, and a unit row for each tap: the mean over the map's pixels. */
export interface Seen {
  readonly logits: Float32Array;
  readonly taps: readonly Float32Array[];
}
