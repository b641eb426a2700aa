import type { Named } from '../named.ts';
import { token } from '../plugin.ts';
import type { NdArrays } from './arrays.ts';
import type { Samples, TargetKind, Targets } from './dataset.ts';

/** What a network said of some samples in inference mode, and what is true of them: both by name, N first. */
export interface MetricBatch {
  /** The task's outputs and what it makes of them: `logits`, `probabilities`. */
  readonly outputs: NdArrays;
  readonly targets: NdArrays;
  readonly count: number;
}

/** A metric on its way through a split: it keeps sums, never the images' outputs. */
export interface MetricPass {
  add(batch: MetricBatch): void;
  /**
   * Numbers by name: `{ accuracy: 0.65 }`; fractions, not percent, where `units` says nothing; NaN where there is nothing to
   * measure. A promise where it takes long: so that others have their turns meanwhile.
   */
  end(): Named<number> | Promise<Named<number>>;
}

export interface MetricRequest {
  /** Names of what the dataset tells apart. */
  readonly classes: readonly string[];
  /** Height and width of the images in pixels: of boxes, say. Absent where predictions are measured without their images. */
  readonly size?: readonly [number, number];
  /** What is known of the samples, by name: which number stands for no class in a map, say. Absent where `size` is. */
  readonly targets?: Targets;
}

/** What metrics are told of samples that they are to measure. */
export const metricRequest = (
  classes: readonly string[],
  { size, targets }: Pick<Samples, 'size' | 'targets'>,
): MetricRequest => ({ classes, size, targets });

/** Numbers computed from predictions, batch by batch. */
export interface Metric {
  readonly name: string;
  /** Whether more is better, for each number. */
  readonly goal: 'max' | 'min';
  /** Units of its numbers that are no fractions, by name: `{ nll: 'nats' }`; others are shown as percent. */
  readonly units?: Named<string>;
  /**
   * Numbers that are told only where all are (`understory evaluate`, the report, files), and not after each epoch: by name,
   * or by how they begin where that ends with a slash, or end where it begins with one: `['AP75', 'AP/']`.
   */
  readonly details?: readonly string[];
  /** Outputs that it looks at, by name; `logits` alone where nothing is said. */
  readonly reads?: readonly string[];
  /** Targets that it looks at, by name, with their kind: refused before step 0 where the measured images have them not. */
  readonly targets?: Named<TargetKind>;
  begin(request: MetricRequest): MetricPass;
}
export const METRIC = token<Metric>('metric');
