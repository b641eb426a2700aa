import type {
  EpochEvent,
  NdArray,
  NdArrays,
  Prediction,
  Predictions,
  RunResult,
  StepEvent,
  Targets,
} from '@understory/core';

/** A picture: uint8 RGB [h, w, 3]. */
export type Picture = NdArray;

/** A picture of the test set, with a name for people (`describe` of its samples). */
export interface TestPicture {
  readonly picture: Picture;
  readonly name?: string;
}

/** What a tapped stage made of the sampled test images. */
export interface StageEmbedding {
  /** The tap's name; methods that share it are shown side by side, in the order of the first one that has it. */
  readonly stage: string;
  /** Pooled embeddings [n, d], in the order of `ReportInput.sample`. */
  readonly values: NdArray;
}

/** One way of training. Whatever is absent is left out of the page. */
export interface ReportMethod {
  /** A short name: `contrastive deep supervision`. */
  readonly label: string;
  /** One sentence on what it does. */
  readonly summary?: string;
  /** What it was told, by option. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  readonly steps?: readonly Pick<StepEvent, 'step' | 'loss' | 'terms'>[];
  readonly epochs?: readonly Pick<EpochEvent, 'epoch' | 'step' | 'metrics'>[];
  readonly result?: RunResult;
  /** Training time. */
  readonly seconds?: number;
  readonly parameters?: { readonly inference: number; readonly heads: number };
  readonly engine?: string;
  /**
   * Of the best weights on the test set, in its order, where the task is one class an image: accuracy, calibration,
   * confusions and mistakes are computed from them.
   */
  readonly predictions?: Predictions;
  /** What it says of each of `ReportInput.examples`, in their order; undefined where its numbers are not finite. */
  readonly examples?: readonly (Prediction | undefined)[];
  readonly embeddings?: readonly StageEmbedding[];
}

/** The test images whose embeddings are shown; the same for every method. */
export interface EmbeddedSample {
  /** Classes [n], where images have one each: points are coloured by it. */
  readonly labels?: Int32Array;
  /** Shown while a pointer is on a point; n of them. */
  readonly pictures?: readonly Picture[];
}

/** How many images a sample has. */
export const sampleSize = (sample: EmbeddedSample | undefined): number =>
  sample?.labels?.length ?? sample?.pictures?.length ?? 0;

/** A few training images as the network sees them. */
export interface ViewsGallery {
  /** What each view does: `crop, flip, cutout`. */
  readonly titles: readonly string[];
  readonly samples: readonly {
    /** Its class, where it has one. */
    readonly label?: number;
    readonly views: readonly Picture[];
  }[];
}

/** A test image with what is true of it. */
export interface Example {
  readonly picture: Picture;
  readonly name?: string;
  /** By name, without the batch: see `Examples.targets`. */
  readonly targets: NdArrays;
}

/** A fixed handful of test images, the same for every method. */
export interface Examples {
  /** What is known of each; of several targets of one kind the first is what predictions of that kind are compared with. */
  readonly targets: Targets;
  readonly images: readonly Example[];
}

/** A number that a run measured, and which of its values are better; nothing where that is not said. */
export interface MeasuredNumber {
  readonly name: string;
  readonly goal?: 'max' | 'min';
}

export interface Reproduction {
  /** The command line. */
  readonly command: string;
  readonly seed: number;
  /** By name: `{ understory: '0.1.0', node: '20.20.2' }`. */
  readonly versions: Readonly<Record<string, string>>;
}

/** All that a report shows, as plain data. */
export interface ReportInput {
  readonly title: string;
  /** ISO 8601. */
  readonly date: string;
  /** What was learned of an image: the task's name. */
  readonly task?: string;
  readonly dataset: {
    readonly name: string;
    readonly classes: readonly string[];
    /** Images. */
    readonly sizes?: { readonly train: number; readonly validation: number; readonly test: number };
  };
  /** At least one; the first is what the others are compared with. */
  readonly methods: readonly ReportMethod[];
  /** What the runs measured, in order; the first chose the best epoch. */
  readonly metrics?: readonly MeasuredNumber[];
  readonly examples?: Examples;
  readonly sample?: EmbeddedSample;
  readonly views?: ViewsGallery;
  /** Pictures of the test set by position: those that `mistakesToShow` names. */
  readonly pictures?: ReadonlyMap<number, TestPicture>;
  readonly reproduce?: Reproduction;
}
