import type { Named } from '../named.ts';
import { token } from '../plugin.ts';
import type { NdArray } from './arrays.ts';
import type { Dataset, Samples } from './dataset.ts';

/** How the gradients of a tap's own terms and of the task's agree, for one batch of training images. */
export interface GradientAgreement {
  /** Mean cosine of the gradients by an image's map at the tap, of view 1; NaN where no image has both. */
  readonly byImage: number;
  /** Cosine of the gradients by all trained weights of the backbone up to the tap; NaN where there is none of one. */
  readonly parameters: number;
  /** Norm of the tap's gradient by these weights, as a part of the task's. Its terms count with their weights. */
  readonly ratio: number;
}

/** The training under way, for evaluators that look at more than what a network makes of images. */
export interface TrainingUnderWay {
  /** 0-based epoch that has ended. */
  readonly epoch: number;
  readonly at: Evaluator['when'];
  /** Steps of an epoch, and images that one of them shows, each view for itself. */
  readonly steps: number;
  readonly shown: number;
  /**
   * Samples as two draws of the training views show them, the same at every look; undefined where the views make images
   * of another size than the network takes, or mix images.
   */
  viewed(samples: Samples): readonly [Samples, Samples] | undefined;
  /**
   * How terms that are named after a tap pull with or against the task's, by tap, for each of a few batches of training
   * images, which are the same at every look. The task's terms are those of objectives that name no tap; where there is no such
   * objective, all terms that name none. Weights, averages and objectives' state stay as they are.
   */
  agreement(batches: number): Promise<readonly Named<GradientAgreement>[]>;
}

/** What an evaluator looks at. */
export interface EvaluationRequest {
  readonly dataset: Dataset;
  /** Training images whose labels are learned, as they are stored: all of the dataset's, or a part. */
  readonly learned: Samples;
  /** The samples that are measured on. */
  readonly samples: Samples;
  /** Names of the backbone's taps, shallow to deep, of each of which `infer` gives `tap/<name>`; none where absent. */
  readonly taps?: readonly string[];
  /** Absent where a finished network is measured. */
  readonly training?: TrainingUnderWay;
  /**
   * Outputs of the inference step for samples, by name: `pooled`, `tap/stage1`, `logits`; a row each, in their order, or in
   * that of the positions.
   */
  infer(samples: Samples, outputs: readonly string[], positions?: readonly number[]): Promise<Named<NdArray>>;
}

/** A number that an evaluator tells of every tap, as `<tap>/<measure>`, for people. */
export interface TapMeasure {
  /** In a few words. */
  readonly title: string;
  /** What a high and a low value say, in a sentence or two. */
  readonly about: string;
  /** Whether it is a share, and shown as percent. */
  readonly share?: boolean;
  /** Where the report shows it: over depth and over epochs (`curves`), over depth alone, or in a table with all others. */
  readonly shown?: 'curves' | 'depth' | 'table';
}

/**
 * Numbers that need more than a pass over predictions: neighbours among embeddings, a probe that is trained. They come
 * after the metrics' own, once an epoch and at the end.
 */
export interface Evaluator {
  readonly name: string;
  /** Whether it looks at every epoch's end, or at the run's end alone. */
  readonly when: 'epoch' | 'end';
  /** Units of its numbers that are no fractions, by name. */
  readonly units?: Named<string>;
  /** What it tells of every tap, by measure: numbers named `<tap>/<measure>`, which have a place of their own in the report. */
  readonly perTap?: Named<TapMeasure>;
  /** Outputs that it looks at, by name: refused before step 0 where the network does not give them. */
  readonly reads?: readonly string[];
  /** Throws before step 0 where a dataset is none that it can look at, or the part of its training images that is learned. */
  check?(dataset: Dataset, learned: Samples): void;
  /** Numbers by name; fractions, not percent, where `units` says nothing. */
  evaluate(request: EvaluationRequest): Promise<Named<number>>;
}
export const EVALUATOR = token<Evaluator>('evaluator');
