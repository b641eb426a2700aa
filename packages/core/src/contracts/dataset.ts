import { token } from '../plugin.ts';
import type { Seed } from '../random.ts';

/** Samples of one split, by position. */
export interface Samples {
  readonly length: number;
  /** Height and width of every image that `read` gives. */
  readonly size: readonly [number, number];
  /** Class of each sample [N]. */
  readonly labels: Int32Array;
  /** Images at these positions → [n, H, W, 3] uint8 RGB, row-major. Decodes off the main thread where it decodes. */
  read(positions: ArrayLike<number>): Promise<Uint8Array>;
  /** A name for people: a file, a key in a tar, an emoji. */
  describe(position: number): string;
}

/** How images become network input: (pixel / 255 − mean) / std, per channel. */
export interface Normalization {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

export interface Dataset {
  readonly name: string;
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  readonly train: Samples;
  readonly validation: Samples;
  readonly test: Samples;
  /** Images that could not be read and were left out, by name. */
  readonly skipped: readonly string[];
  close?(): Promise<void>;
}

/** What a dataset is told when it opens; `seed` decides its splits. */
export interface DatasetRequest {
  readonly seed: Seed;
  /** Called while a long preparation goes on. */
  readonly progress?: (done: number, total: number, what: string) => void;
}

export type DatasetFactory = (request: DatasetRequest) => Promise<Dataset>;
export const DATASET = token<DatasetFactory>('dataset');
