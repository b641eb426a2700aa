import type { BoxEdges } from '../data/boxes.ts';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { InitRule } from '../layers/initialize.ts';
import type { Named } from '../named.ts';
import { token, type Spec } from '../plugin.ts';
import type { NdArrays } from './arrays.ts';
import type { Dataset, Targets } from './dataset.ts';

/** What a task's outputs continue from: the backbone's maps [B, h, w, c] by tap, and its pooled feature [B, D]. */
export interface TaskFeatures {
  readonly taps: Named<SymbolicTensor>;
  readonly pooled: SymbolicTensor;
}

export interface TaskRequest {
  /** How many classes the dataset tells apart. */
  readonly classes: number;
  /** Height and width of the network's images in pixels. */
  readonly size: readonly [number, number];
}

/** A class with its probability. */
export interface NamedProbability {
  readonly class: string;
  readonly probability: number;
}

/** A box of an image, in pixels of the image as the network sees it. */
export interface PredictedBox extends NamedProbability {
  readonly box: BoxEdges;
}

/** What a network says of one image, for people and programs. */
export type Prediction =
  /** All classes, the likeliest first; none where the network's numbers are not finite. */
  | { readonly kind: 'class'; readonly classes: readonly NamedProbability[] }
  /** All labels, in the dataset's order, and those that the image is said to have. */
  | {
      readonly kind: 'labels';
      readonly labels: readonly NamedProbability[];
      readonly chosen: readonly string[];
    }
  /** A class for each pixel, row-major [height · width]; −1 for none. */
  | {
      readonly kind: 'map';
      readonly size: readonly [number, number];
      readonly classes: readonly string[];
      readonly map: Int32Array;
    }
  | { readonly kind: 'boxes'; readonly boxes: readonly PredictedBox[] };

/** What a prediction is made for. */
export interface PredictionInfo {
  /** Names of what is told apart. */
  readonly classes: readonly string[];
  /** Height and width of the image in pixels. */
  readonly size: readonly [number, number];
}

/**
 * What is learned of an image: which targets samples need, what the network puts out and keeps at inference, and how that
 * is activated and read. Layers that `outputs` and `activate` use must be tfjs's own where the network shall be exported
 * for plain tfjs.
 */
export interface Task {
  readonly name: string;
  /** Objectives and metrics where a config names none. */
  readonly objectives: readonly Spec[];
  readonly metrics: readonly Spec[];
  /** Targets that samples must have, by name, with their kind: each split is checked before step 0. */
  readonly targets: Named<Targets[string]['kind']>;
  /** Throws before step 0 where a dataset is not what the task needs, beyond `targets`. */
  check?(dataset: Dataset): void;
  /**
   * Continues from the backbone's features to named outputs, by layers; core draws their weights and trains them with the
   * backbone. Absent where the backbone's own classifier is the output `logits` [B, C].
   */
  outputs?(features: TaskFeatures, request: TaskRequest): Named<SymbolicTensor>;
  /** How the weights that `outputs` makes begin; He et al. 2015 where absent, as `fanOutRule` has it. */
  readonly rule?: InitRule;
  /** Is called with what `outputs` made once its weights are drawn: a run that begins with a file's sets them here. */
  begin?(head: LayersModel): void;
  /** Outputs that objectives alone look at: inference does not give them, which may be large. */
  readonly inner?: readonly string[];
  /** What training, export, predictions and metrics make of the outputs: probabilities, by layers without weights. */
  activate(outputs: Named<SymbolicTensor>): Named<SymbolicTensor>;
  /**
   * What the outputs of one image, activated and not, by name and without the batch, say. Of an exported file it gets the activated ones
   * alone.
   */
  decode(outputs: NdArrays, info: PredictionInfo): Prediction;
}
export const TASK = token<Task>('task');
