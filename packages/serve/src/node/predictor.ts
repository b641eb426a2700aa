import type { NdArray } from '@understory/core';

/** A picture as a network takes it, and what its decoder knows of it besides. */
export interface ReadyImage {
  /** [H, W, 3] */
  readonly pixels: NdArray;
  /** For what answers of it. */
  readonly place: unknown;
}

/** What a server says of the model behind it. */
export interface ModelInfo {
  readonly name: string;
  readonly task: string;
  readonly classes: readonly string[];
  /** Height and width of the network's images. */
  readonly size: readonly [number, number];
  /** What computes. */
  readonly runtime: string;
}

/** A model that a server answers with. */
export interface Predictor {
  readonly info: ModelInfo;
  /** Numbers of images that it is ready for, the smallest first: a batch is filled up to one of these. */
  readonly batches: readonly number[];
  /** A picture's bytes as an image. Errors: an `UnderstoryError`, whose message goes to who sent it. */
  decode(bytes: Uint8Array): Promise<ReadyImage>;
  /** What is said of each image, as JSON, in order. Images are of one size. */
  predict(images: readonly ReadyImage[]): Promise<readonly object[]>;
  close(): Promise<void>;
}
