import { token } from '../plugin.ts';
import type { Seed } from '../random.ts';
import type { ArrayType, NdArrays } from './arrays.ts';

/** What is known of a sample: its class, which of several labels it has, a class for each pixel, boxes, other numbers. */
export type TargetKind = 'class' | 'labels' | 'map' | 'boxes' | 'values';
/** Kinds whose numbers stand for places in the image, and so move with it. */
export type SpatialKind = 'map' | 'boxes';

/** One target of a sample. */
export interface TargetSpec {
  /**
   * `class`: int32 []. `labels`: 0 or 1 for each class [C]. `map`: a class for each pixel, int32 or uint8 [H, W].
   * `boxes`: float32 [M, 4 and more], each [top, left, bottom, right, …] in pixels; one without area is none, so that
   * images with fewer boxes are filled up. `values`: float32 of any shape.
   */
  readonly kind: TargetKind;
  readonly dtype: ArrayType;
  /** Without the batch. */
  readonly shape: readonly number[];
  /** Of a map: what stands where there is no image or no class; −1 where nothing is said. */
  readonly outside?: number;
  /**
   * Of boxes: whether they stand around things, with class, kind and area in the columns behind the four sides
   * (`boxesSpec`), or around the picture itself (`frameSpec`). Where nothing is said, further columns may be anything.
   */
  readonly around?: 'things' | 'picture';
}
export type Targets = Readonly<Record<string, TargetSpec>>;

/** A decoded picture: [height, width, 3] uint8 sRGB, row-major. */
export interface Picture {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/**
 * Where samples need unequal room: canvases that are smaller than the size of all. Training and evaluation read a batch on the
 * smallest canvas that holds it. Pictures lie top left, so targets are the same on any canvas.
 */
export interface Canvases {
  /** Height and width of each; the largest height and the largest width are those of the samples' `size`. */
  readonly sizes: readonly (readonly [number, number])[];
  /** Which of them each sample fits on: a place among `sizes` [N]. */
  readonly of: Uint8Array;
  /**
   * Images at these positions on a canvas of this size, which holds all of theirs → [n, H, W, 3] uint8: what `Samples.read`
   * gives, without what lies below and to the right.
   */
  read(positions: ArrayLike<number>, size: readonly [number, number]): Promise<Uint8Array>;
}

/** Samples of one split, by position. `classSamples` makes them where each has one class. */
export interface Samples {
  readonly length: number;
  /** Height and width of every image that `read` gives. */
  readonly size: readonly [number, number];
  /** What is known of each sample, by name; nothing where samples have no labels. Classification knows `label`. */
  readonly targets: Targets;
  /** Targets at these positions by name, each [n, …shape]. */
  readTargets(positions: ArrayLike<number>): Promise<NdArrays>;
  /** Class of each sample [N], where it has one: what splits, shares and samplers keep in proportion. */
  readonly groups?: Int32Array;
  /** Images at these positions → [n, H, W, 3] uint8 RGB, row-major. Decodes off the main thread where it decodes. */
  read(positions: ArrayLike<number>): Promise<Uint8Array>;
  /**
   * The picture at a position at its own size, before it is brought to `size`; absent where `read` gives it as it is. Checks
   * of the data ask for it: what is cut off or made small here may differ there. Errors: `bad-image`, with the reason alone.
   */
  readPicture?(position: number): Promise<Picture>;
  /** Smaller canvases; absent where every image needs all of `size`. */
  readonly canvases?: Canvases;
  /** Which of several files that are read from front to back each sample lies in [N], by number; absent where there are none. */
  readonly shards?: Int32Array;
  /** The image file at a position as it is stored, where samples have one each. Rejects where it cannot be read. */
  readonly file?: (position: number) => Promise<Uint8Array>;
  /** A name for people: a file, a key in a tar, an emoji. */
  describe(position: number): string;
}

/** How images become network input: (pixel / 255 − mean) / std, per channel. */
export interface Normalization {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** What becomes of stored images before a network looks at them outside of training. */
export interface Preprocessing {
  readonly normalization: Normalization;
  /** Height and width of the middle that it sees of images; all of them where undefined. */
  readonly crop: readonly [number, number] | undefined;
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

/** Classes without an image in a split that has images of others. */
export interface AbsentClasses {
  readonly split: SplitName;
  readonly count: number;
  /** The first of them. */
  readonly names: readonly string[];
}

/** How a picture is brought to the size of the network's images: see `Dataset.fit`. */
export type Fit = 'cover' | 'contain';

export interface Dataset {
  readonly name: string;
  /** Names of what is told apart: of classes, of labels, of what pixels or boxes show. */
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  /** Who made its pictures, and under which licence they may be shown: a sentence for the foot of a report. */
  readonly credit?: string;
  readonly train: Samples;
  readonly validation: Samples;
  readonly test: Samples;
  /** What the source holds and no split has, by reason; empty where everything is used. */
  readonly leftOut: readonly LeftOut[];
  /**
   * How pictures of another shape become the network's images: `cover` fills the image and cuts what is too much, `contain`
   * scales the picture to fit, puts it top left and fills up with the mean colour. `cover` where absent.
   */
  readonly fit?: Fit;
  /**
   * Where pictures are not scaled to one size: each is scaled until its shorter side is `shortest` pixels or its longer one
   * `longest`, whichever comes first, and contained in an image whose sides are multiples of 32.
   */
  readonly sides?: { readonly shortest: number; readonly longest: number };
  /** Numbers of the classes in the source's own files, by name, where it has some: COCO's category ids. */
  readonly ids?: Readonly<Record<string, number>>;
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
