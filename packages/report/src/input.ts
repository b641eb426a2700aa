import type {
  EpochEvent,
  NdArray,
  NdArrays,
  Prediction,
  Predictions,
  RunResult,
  StepEvent,
  TapMeasure,
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
  /** Of the same images as `ReportInput.secondLook` shows them [n, d]: how alike a stage sees them is drawn beside. */
  readonly again?: NdArray;
}

/** Top, left, bottom, right, in pixels of a picture. */
export type BoxSides = readonly [top: number, left: number, bottom: number, right: number];

/** How well the true boxes of a class, or of a size, are found. */
export interface BoxScore {
  /** `platelets`, `small`. */
  readonly name: string;
  /** What it stands for, where its name does not tell: `up to 32² pixels`. */
  readonly about?: string;
  /** True boxes that count; without any there are no scores. */
  readonly boxes: number;
  /** Average precision by name, fractions: `{ AP: 0.4, AP50: 0.7 }`. */
  readonly scores: Readonly<Record<string, number>>;
}

/** Precision by recall, both fractions, of boxes that overlap true ones by an IoU of at least so much. */
export interface PrecisionCurve {
  /** The class; `all classes` for their mean. */
  readonly name: string;
  readonly iou: number;
  readonly points: readonly (readonly [recall: number, precision: number])[];
}

/** Boxes that went wrong in one way, or true ones that were not found. */
export interface BoxError {
  readonly name: string;
  /** What it is, in a few words. */
  readonly about: string;
  readonly count: number;
}

/** A true box that was not found, or a box where none is, in its surroundings. */
export interface BoxMistake {
  /** The box with something around it, cut out of the picture. */
  readonly picture: Picture;
  /** Of the picture that it was cut from. */
  readonly image?: string;
  /** What is true there, and what was said, in pixels of the cut; one of them at least. */
  readonly truth?: { readonly class: string; readonly box: BoxSides };
  readonly found?: { readonly class: string; readonly probability: number; readonly box: BoxSides };
  /** What went wrong, in a few words: `not found`, `taken for another class`. */
  readonly fault: string;
}

/** What a detector's boxes of all test images come to, best weights. */
export interface BoxResults {
  /** Images that were looked at. */
  readonly images: number;
  readonly byClass: readonly BoxScore[];
  readonly bySize: readonly BoxScore[];
  readonly curves: readonly PrecisionCurve[];
  /** The probability from which on boxes count in `right`, `errors` and mistakes, and from which on they are drawn. */
  readonly threshold: number;
  /** Boxes that find a true one, of so many true ones. */
  readonly right: number;
  readonly boxes: number;
  readonly errors: readonly BoxError[];
  /** The worst first. */
  readonly misses: readonly BoxMistake[];
  readonly falseAlarms: readonly BoxMistake[];
}

/** Numbers that were measured of every tap. */
export interface DepthNumbers {
  /** Names, shallow to deep. */
  readonly taps: readonly string[];
  readonly measures: Readonly<Record<string, TapMeasure>>;
}

/** One way of training. Whatever is absent is left out of the page. */
export interface ReportMethod {
  /** A short name: `contrastive deep supervision`. */
  readonly label: string;
  /** One sentence on what it does. */
  readonly summary?: string;
  /** What it was told, by option. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Of each step; or means of several, the last of which is `last`. */
  readonly steps?: readonly (Pick<StepEvent, 'step' | 'loss' | 'terms'> & { readonly last?: number })[];
  /** `loss` and `terms` are the epoch's means, which are written where their curves end. */
  readonly epochs?: readonly (Pick<EpochEvent, 'epoch' | 'step' | 'metrics'> &
    Partial<Pick<EpochEvent, 'loss' | 'terms' | 'split'>>)[];
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
  /** What it measured of every tap: numbers named `<tap>/<measure>` among those of epochs and of the result. */
  readonly depth?: DepthNumbers;
  /**
   * How alike each tap sees the sample to the first method's tap of that name: unbiased linear CKA, 1 for the same. Absent for
   * the first method.
   */
  readonly likeness?: Readonly<Record<string, number>>;
  /** Where the task is to find boxes: tables, curves and mistakes are made of it. */
  readonly boxes?: BoxResults;
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
  /** Sentences on what they show that is not in the pictures: `Crop fills what it leaves free with black.` */
  readonly about?: readonly string[];
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
  /** Whether it is one of many, and has no curve of its own: see core's `Metric.details`. */
  readonly detail?: boolean;
}

export interface Reproduction {
  /** The command line. */
  readonly command: string;
  readonly seed: number;
  /** By name: `{ understory: '0.1.0', node: '20.20.2' }`. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Accuracies of the methods with seeds that were trained beforehand: one run of each says little. */
export interface KeptSeeds {
  readonly seeds: readonly number[];
  /** What trained them, in words: another processor adds up in another order. */
  readonly machine: string;
  /** Of the methods, in the report's order: accuracy on the test images after the last epoch, 0 to 1, one a seed. */
  readonly methods: readonly { readonly label: string; readonly accuracy: readonly number[] }[];
  /** What their differences say, each a sentence. */
  readonly differences: readonly string[];
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
    /** Who made its pictures, and under which licence they are shown: a sentence for the foot of the page. */
    readonly credit?: string;
    /** Images. */
    readonly sizes?: { readonly train: number; readonly validation: number; readonly test: number };
  };
  /** At least one; the first is what the others are compared with. */
  readonly methods: readonly ReportMethod[];
  /** What the runs measured, in order; the first chose the best epoch. */
  readonly metrics?: readonly MeasuredNumber[];
  /** Units of the numbers that are no fractions, by name: all others are told as percent. Where absent, what looks like a share is. */
  readonly units?: Readonly<Record<string, string>>;
  readonly examples?: Examples;
  readonly sample?: EmbeddedSample;
  /** How images were shown a second time, in words: `mirrored and in other colours`. */
  readonly secondLook?: string;
  readonly views?: ViewsGallery;
  /** Pictures of the test set by position: those that `mistakesToShow` names. */
  readonly pictures?: ReadonlyMap<number, TestPicture>;
  readonly kept?: KeptSeeds;
  readonly reproduce?: Reproduction;
}
