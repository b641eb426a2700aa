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

export type SplitName = 'train' | 'validation' | 'test';

/** Samples that are left out for one reason. */
export interface LeftOut {
  /** Why, in a few words: `no image format`, `over the limit of 100`. */
  readonly reason: string;
  readonly count: number;
  /** The class that they would have been of, where all are of one. */
  readonly className?: string;
  /** Names of the first of them, for people; none where nothing tells them apart. */
  readonly examples: readonly string[];
}

export interface Dataset {
  readonly name: string;
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  readonly train: Samples;
  readonly validation: Samples;
  readonly test: Samples;
  /** What the source holds and no split has, by reason; empty where everything is used. */
  readonly leftOut: readonly LeftOut[];
  /** Splits that are not a part of the source by themselves, and where they come from: `{ validation: 'taken from train' }`. */
  readonly origins?: Readonly<Partial<Record<SplitName, string>>>;
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
